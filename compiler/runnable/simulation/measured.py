"""What a recorded run says of the place that it ran at: what lies between its tasks, and around them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from statistics import fmean

from runnable.ir.nodes import Program
from runnable.simulation.engine import CannotSimulate, simulate
from runnable.simulation.known import Known
from runnable.simulation.place import Place
from runnable.simulation.sharing import NO_SHARING, Sharing
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import RunRecord
from runnable_runtime.records.times import seconds_between

Attempt = tuple[str, int]
"""An attempt at a step: its path, and its number from 1."""
Times = Mapping[Attempt, tuple[float, float]]
"""From when to when each ran, in seconds from the beginning of the run."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds: `dispatch` of the scheduler for each task, `start` of a pod, `around` all tasks; None if not known.

    `starts` are those of single pods, by the path of the step and the attempt; `start` is their mean. `inside` is what
    lies between one task and the next one in the same pod.
    """

    dispatch: float | None = None
    start: float | None = None
    around: float = 0.0
    starts: Mapping[tuple[str, int], float] = field(default_factory=dict)
    inside: float | None = None


def measured(
    program: Program,
    known: Known,
    record: RunRecord,
    at_once: int | None = None,
    sharing: Sharing = NO_SHARING,
) -> Measured:
    """What `record` says, of a run of `program` with at most `at_once` pods at one time.

    If tasks shared pods in that run, `sharing` says how they do now.
    """
    times = _times(record)
    if not times:
        return Measured()
    first, last = min(start for start, _ in times.values()), max(end for _, end in times.values())
    whole = seconds_between(record.started, record.ended) if record.ended else last
    if record.workflow:  # who wrote how it ended is not the controller: its last pod's end is the run's
        pods = _pods(record, times)
        gaps = list(_inside(times, pods))
        inside = fmean(gaps) if gaps else None
        firsts = {min(of_pod, key=lambda one: times[one]) for of_pod in pods}
        place = Place("argo", at_once=at_once, sharing=sharing if len(firsts) < len(times) else NO_SHARING)
        found = _pod_starts(program, known, times, place)
        starts = {one: max(0.0, start - (inside or 0.0)) for one, start in found.items() if one in firsts}
        start = fmean(starts.values()) if starts else None
        return Measured(start=start, around=max(0.0, whole - last), starts=starts, inside=inside)
    dispatch = _dispatch(times)
    return Measured(dispatch=dispatch, around=max(0.0, first - (dispatch or 0.0)) + max(0.0, whole - last))


def _times(record: RunRecord) -> Times:
    """By path and attempt, from when to when it ran, in seconds from the beginning of the last session."""
    began = record.resumed or record.started
    found = {}
    for path, step in record.steps.items():
        for number, attempt in enumerate((one for one in step.attempts if one.ended), 1):
            if attempt.started >= began:
                start = seconds_between(began, attempt.started)
                found[path, number] = start, start + seconds_between(attempt.started, attempt.ended)
    return found


def _dispatch(times: Times) -> float | None:
    """Seconds from one event of a run to the start of a task after it: what the one scheduler of a machine takes."""
    starts = sorted(start for start, _ in times.values())
    events = sorted([*starts, *(end for _, end in times.values())])
    gaps, position = [], 0
    for start in starts:
        while position < len(events) and events[position] < start:
            position += 1
        if position:
            gaps.append(start - events[position - 1])
    return fmean(gaps) if gaps else None


def _pods(record: RunRecord, times: Times) -> list[list[Attempt]]:
    """The attempts of each pod; one of which the record does not say it has its own."""
    pods: dict[object, list[Attempt]] = {}
    for path, step in record.steps.items():
        for number, attempt in enumerate((one for one in step.attempts if one.ended), 1):
            if (path, number) in times:
                name = attempt.machine.pod if attempt.machine else ""
                pods.setdefault(name or (path, number), []).append((path, number))
    return list(pods.values())


def _inside(times: Times, pods: list[list[Attempt]]) -> Iterator[float]:
    """Seconds from the end of one attempt to the start of the next one in the same pod."""
    for of_pod in pods:
        ends = sorted(times[one][1] for one in of_pod)
        for one in of_pod:
            begun = times[one][0]
            if before := [end for end in ends if end <= begun]:
                yield begun - before[-1]


def _pod_starts(program: Program, known: Known, times: Times, place: Place) -> dict[Attempt, float]:
    """Seconds from the end of what a pod waited for to when its task ran.

    Of the first pods that is not known: the record begins with them, not with the workflow.
    """
    try:
        ran = simulate(program, known, place).ran
    except CannotSimulate:
        return {}
    found = {}
    for one in ran:
        here, number = times.get((one.path, one.attempt)), one.because.number
        before = None if number is None else times.get((ran[number].path, ran[number].attempt))
        if here is not None and before is not None and not one.idle:
            found[one.path, one.attempt] = max(0.0, here[0] - before[1])
    return found
