"""A display that also keeps the record of the run, for whoever started it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from runnable.execution.progress.around import ProgressAround
from runnable.execution.progress.events import Progress
from runnable.execution.progress.silent import SilentProgress
from runnable_runtime.records.records import RunRecord


class QuietProgress(SilentProgress):
    """Shows only what tasks print."""

    def notice(self, text: str) -> None:
        """See `Progress`."""


class KeepingProgress(ProgressAround):
    """Another display, whose run's record it has once that has ended."""

    def __init__(self, shown: Progress) -> None:
        super().__init__(shown)
        self.record: RunRecord | None = None

    def run_started(self, record: RunRecord) -> None:
        """See `Progress`."""
        self.record = record
        super().run_started(record)

    def run_ended(self, record: RunRecord) -> None:
        """See `Progress`."""
        self.record = record
        super().run_ended(record)

    def exits_ended(self, record: RunRecord) -> None:
        """See `Progress`."""
        if self.record is not None:
            self.record = replace(self.record, steps={**self.record.steps, **record.steps})
        super().exits_ended(record)


preferred: ContextVar[Progress | None] = ContextVar("preferred", default=None)


@contextmanager
def prefer(progress: Progress) -> Iterator[None]:
    """Have runs in this block shown by `progress`, whatever the environment says."""
    token = preferred.set(progress)
    try:
        yield
    finally:
        preferred.reset(token)
