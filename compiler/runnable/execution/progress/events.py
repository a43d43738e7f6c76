"""The interface of progress displays. Calls come from one thread, one after another."""

from __future__ import annotations

from typing import Protocol

from runnable.execution.capture import StreamName
from runnable_runtime.records.records import RunRecord, StepRecord


class Progress(Protocol):
    """A display of one run."""

    def run_started(self, record: RunRecord) -> None:
        """The run begins; its record has all steps."""
        ...

    def started(self, step: StepRecord, attempt: int, attempts: int) -> None:
        """An attempt, counted from 1, of at most `attempts` at a task begins."""
        ...

    def here(self, path: str) -> None:
        """The task at `path` now runs in this process, and prints for itself until it has ended."""
        ...

    def ended(self, step: StepRecord, attempt: int, attempts: int, seconds: float, trace: str) -> None:
        """An attempt ended, as the last of `step.attempts` has it. `trace` is the user's traceback, or empty."""
        ...

    def graph_ended(self, step: StepRecord) -> None:
        """A composite step or one of its branches ended."""
        ...

    def skipped(self, step: StepRecord) -> None:
        """A step, with all its members, will not run."""
        ...

    def output(self, stream: StreamName, text: str) -> None:
        """A task in a worker printed `text`; what one in this process prints needs no display."""
        ...

    def notice(self, text: str) -> None:
        """Something that the user should know."""
        ...

    def tick(self) -> None:
        """Called about ten times a second while workers are busy, to show how time passes."""
        ...

    def run_ended(self, record: RunRecord) -> None:
        """The run is over."""
        ...

    def exits_ended(self, record: RunRecord) -> None:
        """What runs after the run has ended too; `record` is that of its steps alone."""
        ...
