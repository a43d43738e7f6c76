"""A display around another one, to which it passes everything on."""

from __future__ import annotations

from runnable.execution.capture import StreamName
from runnable.execution.progress.events import Progress
from runnable_runtime.records.records import RunRecord, StepRecord


class ProgressAround:
    """Passes each event on to the display `shown`; `Progress` describes the methods. Subclasses change some."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown

    def run_started(self, record: RunRecord) -> None:
        """See `Progress`."""
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
        self._shown.run_ended(record)

    def exits_ended(self, record: RunRecord) -> None:
        """See `Progress`."""
        self._shown.exits_ended(record)
