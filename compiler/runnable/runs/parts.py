"""Running a part of a pipeline: what comes before it takes what an earlier run recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from runnable.diagnostics.codes.records import PartUnfit
from runnable.diagnostics.errors import RecordUnusable
from runnable.diagnostics.wording import did_you_mean, listed
from runnable.ir.nodes import Edge, Graph, Node, On, Program, Task
from runnable.ir.order import handlers, nodes_after, nodes_before
from runnable.ir.step_patterns import may_name
from runnable.ir.walk import walk
from runnable.runs.lookup import find_run, newest_first
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord, Status, StepRecord
from runnable_runtime.redaction import has_mark

_SEARCHED = 20
"""Runs that succeeded which are looked at, at most, the newest ones."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is asked for: the step that runs, and all after it unless `only`. All else does not run.

    `like` names the run that what comes before is taken of; empty for the last one of the pipeline that succeeded.
    """

    step: str
    only: bool = False
    like: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What does not run: tasks in the steps `names` of the pipeline, which end as they did in the run of `record`."""

    record: RunRecord
    names: frozenset[str]
    notices: tuple[str, ...] = ()

    def has(self, path: str) -> bool:
        """Whether the task at `path` is one of these."""
        return path.partition(".")[0] in self.names


def part_of(program: Program, store: RunLogStore, part: Part) -> tuple[Program, Taken | None]:
    """The program of the part, and what it takes of an earlier run of `store`: None if nothing comes before the step.

    Raises RecordUnusable (RN915).
    """
    graph = program.graph
    _check_step(graph, part.step)
    before = nodes_before(graph, part.step)
    if part.only:
        program = replace(program, graph=_cut(graph, {*before, part.step}))
    else:  # of a graph, also what is neither before the step nor after it: something after it may need that
        running = {part.step, *nodes_after(graph, part.step), *handlers(graph)}
        before |= {node.name for node in graph.nodes if node.name not in running}
    if not before:
        return program, None
    wanted = [node for node in graph.nodes if node.name in before]
    record = _like(program, store, part, wanted)
    names = [node.name for node in wanted]
    notices = (
        f"not run, but taken from the run {record.run_id}: {', '.join(names)}",
        *_others(program.parameters, record),
    )
    return program, Taken(record, frozenset(names), notices)


def _check_step(graph: Graph, step: str) -> None:
    names = [node.name for node in graph.nodes]
    if step in names:
        handled = {edge.target: edge.source for edge in graph.edges if edge.on is On.FAILURE}
        for name in (step, *sorted(nodes_before(graph, step))):
            if name in handled:
                help = f"begin at {handled[name]!r}"
                raise _unfit(step, f"it runs only if {handled[name]!r} fails", help)
        return
    within = next((path for path, _ in walk(graph) if "." in path and may_name(step, path)), "")
    if within:
        outer = within.partition(".")[0]
        help = f"name {outer!r}; `runnable replay RUN STEP` runs one recorded task alone"
        raise _unfit(step, f"it is inside of {outer!r}, and a part begins at a step of the pipeline itself", help)
    raise _unfit(step, "there is no such step in the pipeline", did_you_mean(step, names, "steps") or "")


def _unfit(step: str, reason: str, help: str) -> RecordUnusable:
    return RecordUnusable([PartUnfit(step=step, reason=reason, advice=help)])


def _cut(graph: Graph, names: set[str]) -> Graph:
    """The graph with the nodes of those names alone."""
    edges: tuple[Edge, ...] = tuple(e for e in graph.edges if e.source in names and e.target in names)
    nodes = tuple(node for node in graph.nodes if node.name in names)
    return replace(graph, nodes=nodes, edges=edges, failing=tuple(name for name in graph.failing if name in names))


def _like(program: Program, store: RunLogStore, part: Part, wanted: Sequence[Node]) -> RunRecord:
    """The run that has all of `wanted`: the one that is named, else the newest of the last ones that succeeded."""
    candidates = iter([store.read(find_run(store, part.like))]) if part.like else _succeeded(program, store)
    first: tuple[RunRecord, list[str]] | None = None
    for record in islice(candidates, _SEARCHED):
        problems = [text for node in wanted if (text := _problem(node, record))]
        if not problems:
            return record
        first = first or (record, problems)
    if first is None:
        reason = (
            f"no run of the pipeline {program.name!r} in {store.name} has succeeded, to take what is before it from"
        )
        raise _unfit(part.step, reason, "run the whole pipeline first, or name a run with --like RUN")
    record, problems = first
    reason = f"the run {record.run_id} does not have all that comes before it: {listed(problems)}"
    raise _unfit(part.step, reason, "name another run with --like RUN, or run the whole pipeline")


def _succeeded(program: Program, store: RunLogStore) -> Iterator[RunRecord]:
    for run_id, header in newest_first(store):
        if isinstance(header, RunRecord) and (header.pipeline, header.status) == (program.name, Status.SUCCEEDED):
            yield store.read(run_id)


def _problem(node: Node, record: RunRecord) -> str:
    """Why a step cannot be taken of the run; empty if it can."""
    name = node.name
    step = record.steps.get(name)
    inside = [one for path, one in record.steps.items() if path.startswith(f"{name}.")]
    if step is None and not inside:
        return f"{name!r} is not in it"
    if step is not None and step.status is not Status.SUCCEEDED:
        return f"{name!r} is {step.status}"
    if isinstance(node, Task) and inside:
        return f"{name!r} was a composite then"
    for one in inside or filter(None, [step]):
        if has_mark(dict(one.outputs)):
            return f"{one.path!r} returned a secret, which is not recorded"
    return "" if step is None else _missing(node, step)


def _missing(node: Node, step: StepRecord) -> str:
    names = [one.name for one in node.returns if one.name not in step.outputs] if isinstance(node, Task) else []
    return f"{node.name!r} did not return {listed(list(map(repr, names)))}" if names else ""


def _others(parameters: Mapping[str, Json], record: RunRecord) -> Iterator[str]:
    for name, value in parameters.items():
        if name in record.parameters and record.parameters[name] != value:
            yield f"the parameter {name!r} was {record.parameters[name]!r} when they ran, and is {value!r}"
