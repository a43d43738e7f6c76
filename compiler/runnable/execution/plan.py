"""What can be said of a run before it starts: its steps, and whether any of them can run at the same time."""

from __future__ import annotations

from collections import Counter

from runnable.execution.records import Kind, RunRecord, StepRecord, now
from runnable.ir.nodes import (
    FanOut,
    Graph,
    Loop,
    Node,
    NotebookRun,
    Nothing,
    On,
    Program,
    PythonCall,
    Reduce,
    ShellCommand,
    Switch,
    Task,
)
from runnable.ir.walk import graphs, join, tasks, walk


def new_record(program: Program, run_id: str, tag: str) -> RunRecord:
    """The record of a run of `program` that starts now, all its steps as created."""
    return RunRecord(
        run_id=run_id,
        tag=tag,
        pipeline=program.name,
        started=now(),
        parameters=dict(program.parameters),
        steps={
            path: StepRecord(path=path, kind=kind)
            for node in program.graph.nodes
            for path, kind in steps_of(node, node.name)
        },
    )


def has_concurrency(graph: Graph) -> bool:
    """Whether two nodes of some graph below, or of `graph` itself, can be under way at once."""
    if any(isinstance(node, FanOut) for _, node in walk(graph)):
        return True
    for _, one in graphs(graph):
        targets = {edge.target for edge in one.edges}
        leaving = Counter(edge.source for edge in one.edges if edge.on is On.SUCCESS)
        if len(one.nodes) - len(targets) > 1 or any(count > 1 for count in leaving.values()):
            return True
    return False


def has_timeouts(graph: Graph) -> bool:
    """Whether a task below has a timeout."""
    return any(task.options.timeout is not None for _, task in tasks(graph))


def steps_of(node: Node, path: str, parent: Kind = Kind.PIPELINE) -> list[tuple[str, Kind]]:
    """`node`, which is at `path`, and all below it that is known before it runs, parents before their members."""
    found: list[tuple[str, Kind]] = []
    pending: list[tuple[str, Node, Kind]] = [(path, node, parent)]
    while pending:
        at, one, above = pending.pop()
        kind = _kind(one, above)
        found.append((at, kind))
        pending += [(join(at, child.name), child, kind) for child in reversed(_known(one))]
    return found


def _known(node: Node) -> tuple[Node, ...]:
    """The members of a node that are there whatever its data are."""
    match node:
        case Graph():
            return node.nodes
        case Switch():
            return node.branches
        case FanOut():
            return (node.reduce,) if node.reduce is not None else ()
        case Task() | Loop():
            return ()


def _kind(node: Node, parent: Kind) -> Kind:
    match node:
        case Graph():
            # A Parallel has branches, which are graphs, and no order; a branch of one is never such a step itself.
            branches = not node.edges and all(isinstance(member, Graph) for member in node.nodes)
            return Kind.PARALLEL if branches and parent is Kind.PIPELINE else Kind.PIPELINE
        case Task():
            return _action_kind(node)
        case FanOut():
            return Kind.MAP
        case Switch():
            return Kind.CONDITIONAL
        case Loop():
            return Kind.LOOP


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
        case Reduce():
            return Kind.REDUCE
