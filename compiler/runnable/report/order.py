"""Which step of a run is after which, and the critical path: the steps that the run's end waited for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from runnable.report.model import ROOT, Model, Step
from runnable.report.wording import GROUP
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.edges import FAILURE, LINE
from runnable_runtime.records.records import Kind

_SIDE_BY_SIDE = (Kind.MAP, Kind.PARALLEL, Kind.CONDITIONAL)


@dataclass(frozen=True, slots=True)
class Edge:
    """The member number `target` of a composite is after its member `source`; `failing`: if that has failed."""

    source: int
    target: int
    failing: bool = False


def side_by_side(model: Model, number: int) -> bool:
    """Whether the members of a composite are beside each other: items and branches, which no edge connects."""
    if number == ROOT:
        return False
    kind = model.steps[number].kind
    return kind in _SIDE_BY_SIDE or (kind == GROUP and any(one.general.endswith("*") for one in model.children(number)))


def edges(model: Model, number: int) -> list[Edge]:
    """The edges between the members of a composite, `ROOT` for the outermost steps, as the run's record has them.

    Where it names none they are a line, as without `after`.
    """
    if side_by_side(model, number):
        return []
    inside = model.children(number)
    recorded = _recorded(model, number)
    if recorded is None:
        line = list(pairwise(inside))
        known_not_to_be = model.record.workflow and any(_overlap(one, other) for one, other in line)
        return [] if known_not_to_be else [Edge(one.index, other.index) for one, other in line]
    if recorded == LINE:
        return [Edge(one.index, other.index) for one, other in pairwise(inside)]
    known = {step.name: step.index for step in inside}
    return [
        Edge(known[source], known[target], failing == [FAILURE])
        for source, target, *failing in recorded
        if source in known and target in known
    ]


def _recorded(model: Model, number: int) -> Json:
    """The edges of a pipeline as the record has them (`records.edges`); None where it has none of any pipeline.

    Iterations are a line, whatever else is known.
    """
    found = model.record.edges
    if number != ROOT and model.steps[number].kind == Kind.LOOP:
        return LINE
    return found.get("" if number == ROOT else model.steps[number].general, []) if found else None


def _overlap(one: Step, other: Step) -> bool:
    """Whether `other` began before `one` ended: pods do not record what a step is after."""
    return one.end is not None and other.start is not None and other.start < one.end


def critical_path(model: Model) -> frozenset[int]:
    """The steps that the end waited for: of each composite the member that ended last, and what that was after.

    Of several that a step was after, it is the one that ended last. What has not run is passed over.
    """
    found: set[int] = set()
    pending = [ROOT]
    while pending:
        number = pending.pop()
        before = _before(model, number)
        step = _last(model, (one.index for one in _last_members(model, number)))
        while step is not None:
            found.add(step.index)
            pending.append(step.index)
            step = _last(model, _ran_before(model, before, step.index))
    return frozenset(found)


def _before(model: Model, number: int) -> dict[int, list[int]]:
    """By a member of a composite, the members that it was after; a Map's reducer was after all items."""
    found: dict[int, list[int]] = {}
    for edge in edges(model, number):
        found.setdefault(edge.target, []).append(edge.source)
    for reducer in _reducers(model, number):
        found[reducer.index] = [one.index for one in model.children(number) if one.index != reducer.index]
    return found


def _last_members(model: Model, number: int) -> list[Step]:
    """The members that may be the last one."""
    return [one for one in _reducers(model, number) if one.end is not None] or model.children(number)


def _reducers(model: Model, number: int) -> list[Step]:
    if number == ROOT or model.steps[number].kind != Kind.MAP:
        return []
    return [one for one in model.children(number) if one.kind == Kind.REDUCE]


def _ran_before(model: Model, before: dict[int, list[int]], index: int) -> Iterator[int]:
    """The members that the member `index` was after and that have run; what these were after, where they have not."""
    pending, seen = list(before.get(index, ())), set()
    while pending:
        one = pending.pop()
        if one in seen:
            continue
        seen.add(one)
        if model.steps[one].end is None:
            pending += before.get(one, ())
        else:
            yield one


def _last(model: Model, indices: Iterable[int]) -> Step | None:
    ended = [model.steps[one] for one in indices if model.steps[one].end is not None]
    return max(ended, key=lambda step: (step.end or 0.0, step.index), default=None)
