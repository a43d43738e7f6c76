"""A launcher around another one, which ends some tasks as they ended in an earlier run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from runnable.execution.caching.bring import Gone, bring
from runnable.execution.caching.earlier import Found
from runnable.execution.launcher import Launcher, Outcome, TaskEnd, TaskStart
from runnable.ir.nodes import Nothing
from runnable.runs.parts import Taken
from runnable_runtime.records.records import Status


class TakingLauncher:
    """Takes what `taken` says, copying what it stored to this run, and lets `inner` run the other tasks."""

    def __init__(self, inner: Launcher, taken: Taken) -> None:
        self._inner = inner
        self._taken = taken
        self._ends: deque[TaskEnd] = deque()

    @property
    def capacity(self) -> int:
        """See `Launcher.capacity`."""
        return self._inner.capacity

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`."""
        if self._taken.has(task.path) and not isinstance(task.action, Nothing):
            self._ends.append(TaskEnd(task, self._outcome(task), logged=False))
        else:
            self._inner.start(task)

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        return self._ends.popleft() if self._ends else self._inner.wait(seconds)

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        return (*self._ends, *self._inner.stop(impatient))

    def _outcome(self, task: TaskStart) -> Outcome:
        record = self._taken.record
        step = record.steps.get(task.path)
        if step is None or not step.attempts or step.status not in (Status.SUCCEEDED, Status.FAILED):
            there = "is not in it" if step is None else f"is {step.status} there"
            return _failed(f"its result is to be taken from the run {record.run_id}, and the step {there}")
        attempt = step.attempts[-1]
        if step.status is Status.FAILED:  # a failure that was handled
            return _failed(attempt.message)
        try:
            outputs = bring(Found(record.run_id, step.path, attempt), task.storage)
        except Gone as gone:
            return _failed(f"of what it left in the run {record.run_id}, {gone}")
        return Outcome(
            status=Status.SUCCEEDED,
            inputs=tuple(name for name in attempt.inputs if name in task.parameters),
            outputs=outputs,
            metrics=attempt.metrics,
            files=attempt.files,
            reused=f"{record.run_id}/{step.path}",
        )


def _failed(message: str) -> Outcome:
    return Outcome(status=Status.FAILED, message=message)
