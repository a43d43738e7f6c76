"""The order of a pipeline's steps: one after another, or as their `after` says."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from runnable.diagnostics.codes.ordering import AfterStranger, StepsInACircle
from runnable.diagnostics.codes.shape import UnreachableStep
from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.span import Span
from runnable.sdk.describe import shown
from runnable.sdk.pipeline import Step

Pairs = list[tuple[int, int]]
"""Which step, by its index, runs before which."""


def ordered(steps: Sequence[Step], problems: list[Diagnostic]) -> tuple[list[Step], Pairs]:
    """The steps so that each comes after those that it waits for, otherwise in their own order; and the pairs of them.

    Without any `after` each step waits for the one before it. Mistakes go to `problems`.
    """
    found, pairs = list(steps), list(pairwise(range(len(steps))))
    if any(step.waits_for is not None for step in steps):
        said = _said(steps, problems)
        order = _sorted(len(steps), list(said))
        if len(order) < len(steps):
            problems.append(_circle(steps, said, set(range(len(steps))) - set(order)))
            return found, []
        place = {index: position for position, index in enumerate(order)}
        found = [steps[index] for index in order]
        pairs = sorted(((place[a], place[b]) for a, b in said), key=lambda pair: (pair[1], pair[0]))
    _check_ends(found, pairs, problems)
    return found, pairs


def _said(steps: Sequence[Step], problems: list[Diagnostic]) -> dict[tuple[int, int], Span]:
    """The pairs that the `after` of `steps` say, each with its line."""
    index = {id(step): position for position, step in enumerate(steps)}
    names = {step.name: step for step in steps}
    said: dict[tuple[int, int], Span] = {}
    for mine, step in enumerate(steps):
        for other, span in step.waits_for or ():
            if id(other) in index:
                said.setdefault((index[id(other)], mine), span)
            elif isinstance(other, Step):
                problems.append(_stranger(step, other, span, names))
            else:
                instead = f"give the step itself, not its name {other!r}" if isinstance(other, str) else ""
                reason = f"takes steps of its pipeline, not {shown(other)}"
                owner = f"step {step.name!r}"
                problems.append(BadOption(span=span, owner=owner, option="after", reason=reason, instead=instead))
    return said


def _stranger(step: Step, other: Step, span: Span, names: dict[str, Step]) -> Diagnostic:
    known = tuple(str(name) for name in names if name != step.name)
    same = other.name in names
    return AfterStranger(
        span=span, step=step.name, other=other.name, other_span=other.span, same_name=same, known=known
    )


def _sorted(count: int, pairs: Pairs) -> list[int]:
    """The indices so that each comes after those that it waits for, the lowest first; without those in a circle."""
    waiting = [0] * count
    leaving: list[list[int]] = [[] for _ in range(count)]
    for before, after in pairs:
        waiting[after] += 1
        leaving[before].append(after)
    ready = [index for index in range(count) if not waiting[index]]
    found = []
    while ready:
        found.append(heapq.heappop(ready))
        for after in leaving[found[-1]]:
            waiting[after] -= 1
            if not waiting[after]:
                heapq.heappush(ready, after)
    return found


def _circle(steps: Sequence[Step], said: dict[tuple[int, int], Span], left: set[int]) -> Diagnostic:
    """The diagnostic for a circle among the steps of the indices `left`, each of which waits for another of them."""
    waits = {after: before for before, after in sorted(said, reverse=True) if {before, after} <= left}
    way = [min(left)]
    while waits[way[-1]] not in way:
        way.append(waits[way[-1]])
    circle = way[way.index(waits[way[-1]]) :]
    spans = tuple(said[before, after] for after, before in zip(circle, [*circle[1:], circle[0]], strict=True))
    return StepsInACircle(span=spans[0], steps=tuple(steps[index].name for index in circle), spans=spans)


def _check_ends(steps: Sequence[Step], pairs: Pairs, problems: list[Diagnostic]) -> None:
    """Report every step that waits for one which ends the pipeline."""
    ending: dict[int, Step] = {}
    for before, after in pairs:
        one: Any = ending.get(before)
        if one is None and (steps[before].terminate_with_success or steps[before].terminate_with_failure):
            one = steps[before]
        if one is not None and after not in ending:
            ending[after] = one
            problems.append(UnreachableStep(span=steps[after].span, step=steps[after].name, terminator=one.name))
