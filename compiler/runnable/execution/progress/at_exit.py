"""The display of what runs after a run, which has been shown to its end."""

from __future__ import annotations

from runnable.execution.capture import StreamName
from runnable.execution.progress.events import Progress
from runnable_runtime.records.records import RunRecord, StepRecord


class ExitProgress:
    """Another display, for steps without a run of their own; `Progress` describes the methods."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown

    def run_started(self, record: RunRecord) -> None:
        """See `Progress`: the run has begun long ago."""

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
        """See `Progress`: its end has been shown."""
        self._shown.exits_ended(record)

    def exits_ended(self, record: RunRecord) -> None:
        """See `Progress`."""
        self._shown.exits_ended(record)
