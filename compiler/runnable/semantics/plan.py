"""What is known of a run before it starts: its steps, and whether any of them can run at the same time."""

from __future__ import annotations

from itertools import pairwise

from runnable.diagnostics.errors import InternalError
from runnable.ir.nodes import (
    ContainerRun,
    FanOut,
    Fused,
    Graph,
    Loop,
    Node,
    NotebookRun,
    Nothing,
    On,
    Program,
    PythonCall,
    Question,
    Reduce,
    ShellCommand,
    Switch,
    Task,
)
from runnable.ir.order import is_line
from runnable.ir.others import HttpRequest, TemplateCall
from runnable.ir.walk import graphs, join, walk
from runnable.semantics.frame import AFTER_ITEMS
from runnable_runtime.protocol import Json
from runnable_runtime.records.edges import FAILURE, LINE
from runnable_runtime.records.records import Kind, RunRecord, StepRecord
from runnable_runtime.records.times import now


def new_record(program: Program, run_id: str, tag: str, configuration: str = "") -> RunRecord:
    """The record of a run of `program` that starts now, with all its steps in the status `created`."""
    return RunRecord(
        run_id=run_id,
        tag=tag,
        pipeline=program.name,
        source=program.source,
        configuration=configuration,
        started=now(),
        parameters=dict(program.parameters),
        edges=recorded_edges(program.graph),
        steps={
            step.path: step
            for position, node in enumerate(program.graph.nodes)
            for step in steps_of(node, node.name, (position,), Kind.PIPELINE)
        },
    )


def recorded_edges(graph: Graph) -> dict[str, Json]:
    """The edges of `graph`, and of all graphs in it, as records have them (`runnable_runtime.records.edges`)."""
    return {path: _edges(one) for path, one in graphs(graph) if one.edges}


def _edges(graph: Graph) -> Json:
    names = [node.name for node in graph.nodes]
    if [(edge.source, edge.target, edge.on) for edge in graph.edges] == [(*two, On.SUCCESS) for two in pairwise(names)]:
        return LINE
    failure = {On.SUCCESS: (), On.FAILURE: (FAILURE,)}
    return [[edge.source, edge.target, *failure[edge.on]] for edge in graph.edges]


def has_concurrency(graph: Graph) -> bool:
    """Whether two nodes of `graph`, or of a composite inside of it, can run at the same time."""
    return _is_concurrent(graph) or any(_is_concurrent(node) for _, node in walk(graph))


def _is_concurrent(node: Node) -> bool:
    """Whether two of the nodes directly inside of `node` can run at the same time."""
    match node:
        case FanOut():
            return True
        case Graph():
            return not is_line(node)
        case Task() | Switch() | Loop():
            return False


def has_timeouts(graph: Graph) -> bool:
    """Whether `graph`, or anything in it, has a timeout."""
    return graph.timeout is not None or any(_timeout(node) is not None for _, node in walk(graph))


def _timeout(node: Node) -> int | None:
    return node.options.timeout if isinstance(node, Task) else node.timeout


def steps_of(node: Node, path: str, place: tuple[int, ...], parent: Kind) -> list[StepRecord]:
    """Records of `node` and of all nodes inside of it that are known before it runs, parents before their members.

    `node` is at `path`, at `place` of the run, in a composite of kind `parent`; the root is a `PIPELINE`.
    """
    found: list[StepRecord] = []
    pending = [(path, place, node, parent)]
    while pending:
        at, where, one, above = pending.pop()
        kind = kind_of(one, above)
        found.append(StepRecord(path=at, kind=kind, place=where))
        pending += [
            (join(at, child.name), (*where, position), child, kind) for position, child in reversed(_known(one))
        ]
    return found


def _known(node: Node) -> list[tuple[int, Node]]:
    """The members that a node has whatever its data are, with their positions."""
    match node:
        case Graph():
            return list(enumerate(node.nodes))
        case Switch():
            return list(enumerate(node.branches))
        case FanOut():
            return [(AFTER_ITEMS, node.reduce)] if node.reduce is not None else []
        case Task() | Loop():
            return []


def kind_of(node: Node, parent: Kind) -> Kind:
    """What a record calls `node`, which is a member of a node of kind `parent`."""
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


def _action_kind(task: Task) -> Kind:  # noqa: C901 - a line for each kind
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
        case ContainerRun():
            return Kind.CONTAINER
        case Fused():
            raise InternalError(f"{task.name!r} is several tasks, each of which has a record")
        case Question():
            return Kind.APPROVAL
        case TemplateCall():
            return Kind.TEMPLATE
        case HttpRequest():
            return Kind.HTTP
