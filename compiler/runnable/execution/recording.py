"""The steps of a run as they are now, which are written to its record as they change.

Steps that become known together are written together. That a composite has begun is written half a second later, if it
has not ended by then: that it has follows from the records of its tasks, should the process be killed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from time import monotonic

from runnable.ir.nodes import Task
from runnable.runs.code import CodeBook
from runnable.runs.stores.store import RunWriter, WritesAhead
from runnable.semantics.frame import Frame
from runnable.semantics.plan import steps_of
from runnable_runtime.deferred import changed
from runnable_runtime.records.records import Kind, RunRecord, Status, StepRecord
from runnable_runtime.records.times import now

_SOON = 0.5
"""Seconds until the record has it that a composite has begun."""


class Recording:
    """What `record` has of a run, and its `steps` and the `code` of their attempts as they become."""

    def __init__(self, record: RunRecord, writer: RunWriter, codes: CodeBook) -> None:
        self.steps = dict(record.steps)
        self.code: dict[str, Mapping[str, str]] = dict(record.code)
        self._writer = writer
        self._codes = codes
        self._is_together = False
        self._new: dict[str, StepRecord] = {}
        self._begun: dict[str, float] = {}
        """The paths of composites that have begun, in that order, and when they have to be recorded."""

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write what is recorded in the block, a short one, at its end. Blocks are not nested. Raises OutputError."""
        with self._writer.together() if isinstance(self._writer, WritesAhead) else nullcontext():
            self._is_together = True
            try:
                yield
            finally:
                self._is_together = False
                self._write_new()
                self.write_begun(monotonic())

    def write(self, step: StepRecord) -> None:
        """Have `step` in the place of what was recorded for its path."""
        self.steps[step.path] = step
        self._new.pop(step.path, None)
        self._begun.pop(step.path, None)
        self._writer.write_step(step)

    def write_begun(self, before: float = float("inf")) -> None:
        """Write that composites have begun: those that were to be recorded before this moment of `monotonic`."""
        while self._begun and next(iter(self._begun.values())) <= before:
            self.write(self.steps[next(iter(self._begun))])

    def restore(self, steps: Iterable[StepRecord]) -> None:
        """Have what was recorded before: nothing of these has begun after all."""
        for step in steps:
            if step.path in self._begun:  # the record does not say it yet
                del self._begun[step.path]
                self.steps[step.path] = step
            else:
                self.write(step)

    def created(self, frame: Frame, position: int) -> list[StepRecord]:
        """The records, as created, of a member and of what is known of its members."""
        kind = self.steps[frame.path].kind if frame.path else Kind.PIPELINE
        return steps_of(frame.node(position), frame.path_of(position), frame.place_of(position), kind)

    def create(self, frame: Frame, position: int) -> None:
        """Record a member that is known only now: an item, or an iteration."""
        for step in self.created(frame, position):
            if step.path not in self.steps:  # where a run was killed, a member can be recorded without its item
                self.steps[step.path] = self._new[step.path] = step
        if not self._is_together:
            self._write_new()

    def _write_new(self) -> None:
        if self._new:
            new, self._new = self._new, {}
            self._writer.write_created([*new.values()])

    def begin(self, graph: Frame) -> tuple[StepRecord, ...]:
        """Record that `graph` and those around it have started: with the first of their tasks, not when queued.

        The records that this has changed, as they were.
        """
        begun: list[str] = []
        one: Frame | None = graph
        while one is not None and one.path and self.steps[one.path].status is not Status.RUNNING:
            begun.append(one.path)
            one = one.parent
        before = tuple(self.steps[path] for path in reversed(begun))
        for step in before:
            begun_at = step.started or now()
            self.steps[step.path] = changed(step, status=Status.RUNNING, started=begun_at, ended=None, message="")
            self._begun[step.path] = monotonic() + _SOON
        return before

    def code_of(self, task: Task) -> str:
        """The digest of the task's code, which is recorded before the first attempt that refers to it."""
        digest, parts = self._codes.of(task)
        if digest and digest not in self.code:
            self.code[digest] = parts
            self._writer.write_code(digest, parts)
        return digest
