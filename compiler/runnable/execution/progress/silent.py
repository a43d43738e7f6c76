"""No display: only what tasks print, and notices."""

from __future__ import annotations

from runnable.diagnostics.terminal import harmless
from runnable.execution.capture import StreamName
from runnable.execution.progress.text import emit
from runnable_runtime.records.records import RunRecord, StepRecord


class SilentProgress:
    """Shows nothing but notices; `Progress` describes the methods."""

    def run_started(self, record: RunRecord) -> None:
        """See `Progress`."""

    def started(self, step: StepRecord, attempt: int, attempts: int) -> None:
        """See `Progress`."""

    def here(self, path: str) -> None:
        """See `Progress`."""

    def ended(self, step: StepRecord, attempt: int, attempts: int, seconds: float, trace: str) -> None:
        """See `Progress`."""

    def graph_ended(self, step: StepRecord) -> None:
        """See `Progress`."""

    def skipped(self, step: StepRecord) -> None:
        """See `Progress`."""

    def output(self, stream: StreamName, text: str) -> None:
        """See `Progress`."""
        emit(stream, text)

    def notice(self, text: str) -> None:
        """See `Progress`."""
        emit("stderr", f"notice: {harmless(text)}\n")

    def tick(self) -> None:
        """See `Progress`."""

    def run_ended(self, record: RunRecord) -> None:
        """See `Progress`."""

    def exits_ended(self, record: RunRecord) -> None:
        """See `Progress`."""
