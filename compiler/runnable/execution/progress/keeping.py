"""A display that also keeps the record of the run, for whoever started it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from runnable.execution.capture import StreamName
from runnable.execution.progress.events import Progress
from runnable.execution.progress.silent import SilentProgress
from runnable_runtime.records.records import RunRecord, StepRecord


class QuietProgress(SilentProgress):
    """Shows only what tasks print."""

    def notice(self, text: str) -> None:
        """See `Progress`."""


class KeepingProgress:
    """Another display, whose run's record it has once that has ended; `Progress` describes the methods."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self.record: RunRecord | None = None

    def run_started(self, record: RunRecord) -> None:
        """See `Progress`."""
        self.record = record
        self._shown.run_started(record)

    def started(self, step: StepRecord, attempt: int, attempts: int) -> None:
        """See `Progress`."""
        self._shown.started(step, attempt, attempts)

    def here(self, path: str) -> None:
        """See `Progress`."""
        self._shown.here(path)

    def ended(self, step: StepRecord, attempt: int, attempts: int, seconds: float, trace: str) -> None:
        """See `Progress`."""
        self._shown.ended(step, attempt, attempts, seconds, trace)

    def graph_ended(self, step: StepRecord) -> None:
        """See `Progress`."""
        self._shown.graph_ended(step)

    def skipped(self, step: StepRecord) -> None:
        """See `Progress`."""
        self._shown.skipped(step)

    def output(self, stream: StreamName, text: str) -> None:
        """See `Progress`."""
        self._shown.output(stream, text)

    def notice(self, text: str) -> None:
        """See `Progress`."""
        self._shown.notice(text)

    def tick(self) -> None:
        """See `Progress`."""
        self._shown.tick()

    def run_ended(self, record: RunRecord) -> None:
        """See `Progress`."""
        self.record = record
        self._shown.run_ended(record)

    def exits_ended(self, record: RunRecord) -> None:
        """See `Progress`."""
        if self.record is not None:
            self.record = replace(self.record, steps={**self.record.steps, **record.steps})
        self._shown.exits_ended(record)


preferred: ContextVar[Progress | None] = ContextVar("preferred", default=None)


@contextmanager
def prefer(progress: Progress) -> Iterator[None]:
    """Have runs in this block shown by `progress`, whatever the environment says."""
    token = preferred.set(progress)
    try:
        yield
    finally:
        preferred.reset(token)
