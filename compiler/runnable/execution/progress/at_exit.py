"""The display of what runs after a run, which has been shown to its end."""

from __future__ import annotations

from runnable.execution.progress.around import ProgressAround
from runnable_runtime.records.records import RunRecord


class ExitProgress(ProgressAround):
    """Another display, for steps without a run of their own."""

    def run_started(self, record: RunRecord) -> None:
        """See `Progress`: the run has begun long ago."""

    def run_ended(self, record: RunRecord) -> None:
        """See `Progress`: its end has been shown."""
        self._shown.exits_ended(record)
