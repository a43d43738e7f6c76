"""What can be said of a run before it starts: its steps, and whether any of them can run at the same time."""

from __future__ import annotations

from collections import Counter

from runnable.execution.records import Kind, RunRecord, StepRecord, now
from runnable.ir.nodes import Graph, Node, NotebookRun, Nothing, On, Program, PythonCall, ShellCommand, Task
from runnable.ir.walk import graphs, join, tasks


def new_record(program: Program, run_id: str, tag: str) -> RunRecord:
    """The record of a run of `program` that starts now, all its steps as created."""
    return RunRecord(
        run_id=run_id,
        tag=tag,
        pipeline=program.name,
        started=now(),
        parameters=dict(program.parameters),
        steps={path: StepRecord(path=path, kind=kind) for path, kind in _kinds(program.graph)},
    )


def has_concurrency(graph: Graph) -> bool:
    """Whether two nodes of some graph below, or of `graph` itself, can be under way at once."""
    for _, one in graphs(graph):
        targets = {edge.target for edge in one.edges}
        leaving = Counter(edge.source for edge in one.edges if edge.on is On.SUCCESS)
        if len(one.nodes) - len(targets) > 1 or any(count > 1 for count in leaving.values()):
            return True
    return False


def has_timeouts(graph: Graph) -> bool:
    """Whether a task below has a timeout."""
    return any(task.options.timeout is not None for _, task in tasks(graph))


def _kinds(graph: Graph) -> list[tuple[str, Kind]]:
    """Every node below `graph` by its path, in the order of the pipeline, parents before their members."""
    found: list[tuple[str, Kind]] = []
    pending: list[tuple[str, Node, Kind]] = [(node.name, node, Kind.PIPELINE) for node in reversed(graph.nodes)]
    while pending:
        path, node, parent = pending.pop()
        kind = _kind(node, parent)
        found.append((path, kind))
        if isinstance(node, Graph):
            pending += [(join(path, child.name), child, kind) for child in reversed(node.nodes)]
    return found


def _kind(node: Node, parent: Kind) -> Kind:
    match node:
        case Graph():
            # A Parallel has branches, which are graphs, and no order; a branch of one is never such a step itself.
            branches = not node.edges and all(isinstance(member, Graph) for member in node.nodes)
            return Kind.PARALLEL if branches and parent is Kind.PIPELINE else Kind.PIPELINE
        case Task():
            return _action_kind(node)


def _action_kind(task: Task) -> Kind:
    match task.action:
        case PythonCall():
            return Kind.PYTHON
        case ShellCommand():
            return Kind.SHELL
        case NotebookRun():
            return Kind.NOTEBOOK
        case Nothing():
            return Kind.STUB
