"""The steps of a run as they are now, which are written to its record with every change."""

from __future__ import annotations

from collections.abc import Mapping

from runnable.ir.nodes import Task
from runnable.runs.code import CodeBook
from runnable.runs.stores.store import RunWriter
from runnable.semantics.frame import Frame
from runnable.semantics.plan import steps_of
from runnable_runtime.deferred import changed
from runnable_runtime.records.records import Kind, RunRecord, Status, StepRecord
from runnable_runtime.records.times import now


class Recording:
    """What `record` has of a run, and its `steps` and the `code` of their attempts as they become."""

    def __init__(self, record: RunRecord, writer: RunWriter, codes: CodeBook) -> None:
        self.steps = dict(record.steps)
        self.code: dict[str, Mapping[str, str]] = dict(record.code)
        self._writer = writer
        self._codes = codes

    def write(self, step: StepRecord) -> None:
        """Have `step` in the place of what was recorded for its path."""
        self.steps[step.path] = step
        self._writer.write_step(step)

    def created(self, frame: Frame, position: int) -> list[StepRecord]:
        """The records, as created, of a member and of what is known of its members."""
        kind = self.steps[frame.path].kind if frame.path else Kind.PIPELINE
        return steps_of(frame.node(position), frame.path_of(position), frame.place_of(position), kind)

    def create(self, frame: Frame, position: int) -> None:
        """Record a member that is known only now: an item, or an iteration."""
        for step in self.created(frame, position):
            if step.path not in self.steps:  # where a run was killed, a member can be recorded without its item
                self.write(step)

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
            self.write(changed(step, status=Status.RUNNING, started=step.started or now(), ended=None, message=""))
        return before

    def code_of(self, task: Task) -> str:
        """The digest of the task's code, which is recorded before the first attempt that refers to it."""
        digest, parts = self._codes.of(task)
        if digest and digest not in self.code:
            self.code[digest] = parts
            self._writer.write_code(digest, parts)
        return digest
