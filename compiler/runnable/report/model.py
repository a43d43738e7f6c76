"""What a report says of the steps of a run, as plain data: a tree, with times on the run's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from runnable.report.clock import Clock
from runnable.report.wording import GROUP
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import COMPOSITES, Kind, RunRecord, Status, StepRecord

ROOT = -1
"""The parent of the outermost steps."""
_WORST_FIRST = (Status.FAILED, Status.INTERRUPTED, Status.RUNNING, Status.SUCCEEDED, Status.SKIPPED, Status.CREATED)


@dataclass(slots=True, kw_only=True)
class Step:
    """One step of the run.

    `start`, `end`: milliseconds on the run's clock; None where it has not begun, or ended. `took`: how long its
    attempts took together, a composite from its start to its end. `general` is its path with `*` for numbers of items
    and iterations. `record` is None of what only its members are recorded of, which is of the kind `group`.
    """

    index: int
    path: str
    name: str
    general: str
    parent: int
    kind: str
    status: Status = Status.CREATED
    start: float | None = None
    end: float | None = None
    took: float | None = None
    record: StepRecord | None = None

    @property
    def composite(self) -> bool:
        """Whether it holds other steps."""
        return self.kind == GROUP or self.kind in COMPOSITES

    @property
    def reused(self) -> bool:
        """Whether it took what an earlier run had returned, in place of running."""
        return bool(self.record and self.record.attempts and self.record.attempts[-1].reused)

    @property
    def attempts(self) -> int:
        """How many attempts there were."""
        return len(self.record.attempts) if self.record else 0


class Model:
    """The steps of a run by number, each before its members, and who is whose member."""

    def __init__(self, record: RunRecord) -> None:
        self.record = record
        self.clock = Clock(record)
        self.steps: list[Step] = []
        self.members: dict[int, list[int]] = {ROOT: []}
        self._numbers: dict[str, int] = {}
        for one in record.steps.values():
            self._add(one)
        for step in reversed(self.steps):
            if step.record is None:
                self._sum_up(step)
        ends = [step.end for step in self.steps if step.end is not None]
        last = self.clock.at(record.ended) if record.ended else max(ends, default=0.0)
        self.end: float = max(last or 0.0, 0.001)
        """When the run ended, or as far as is known of it, in milliseconds."""

    @cached_property
    def tasks(self) -> list[Step]:
        """The steps that are tasks."""
        return [step for step in self.steps if not step.composite]

    def find(self, path: str) -> Step | None:
        """The step at that path."""
        number = self._numbers.get(path)
        return None if number is None else self.steps[number]

    def children(self, number: int) -> list[Step]:
        """The members of a composite; of `ROOT` the outermost steps."""
        return [self.steps[one] for one in self.members.get(number, ())]

    def around(self, step: Step) -> Iterator[Step]:
        """The composites that a step is in, from the inside."""
        while step.parent != ROOT:
            step = self.steps[step.parent]
            yield step

    def depth(self, step: Step) -> int:
        """How many composites a step is in."""
        return sum(1 for _ in self.around(step))

    def _add(self, one: StepRecord) -> None:
        step = self._placed(one.path, one.kind)
        step.status, step.record = one.status, one
        step.start, step.end = self.clock.at(one.started), self.clock.at(one.ended)
        if one.attempts:
            lengths = [_length(attempt.started, attempt.ended) for attempt in one.attempts]
            step.took = None if lengths[-1] is None else sum(each or 0.0 for each in lengths)
            step.end = self.clock.at(one.attempts[-1].ended) if step.end is None else step.end
        elif step.start is not None and step.end is not None:
            step.took = step.end - step.start

    def _placed(self, path: str, kind: str) -> Step:
        above, _, name = path.rpartition(".")
        if above and above not in self._numbers:
            self._placed(above, GROUP)
        parent = self._numbers[above] if above else ROOT
        holder = self.steps[parent] if above else None
        numbered = holder is not None and name.isdecimal() and holder.kind in (Kind.MAP, Kind.LOOP, GROUP)
        general = ".".join(filter(None, (holder.general if holder else "", "*" if numbered else name)))
        step = Step(index=len(self.steps), path=path, name=name, general=general, parent=parent, kind=kind)
        self.steps.append(step)
        self._numbers[path] = step.index
        self.members.setdefault(parent, []).append(step.index)
        return step

    def _sum_up(self, step: Step) -> None:
        """What its members say of a step that has no record."""
        inside = self.children(step.index)
        known = {one.status for one in inside}
        step.status = next((status for status in _WORST_FIRST if status in known), Status.CREATED)
        starts = [one.start for one in inside if one.start is not None]
        ends = [one.end for one in inside if one.end is not None]
        step.start, step.end = min(starts, default=None), max(ends, default=None)
        step.took = None if step.start is None or step.end is None else step.end - step.start


def _length(started: str, ended: str | None) -> float | None:
    if ended is None:
        return None
    return max(0.0, (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds() * 1000)
