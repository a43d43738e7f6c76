"""What a run log store is: where the records of runs are kept, while they run and afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from runnable.execution.records import RunRecord, StepRecord


class RunWriter(Protocol):
    """One run's record while it is written. Every call leaves a record on the store that can be read."""

    @property
    def folder(self) -> Path | None:
        """The run's own folder, for logs and notebooks; None where nothing can be kept beside the record."""
        ...

    def write_step(self, step: StepRecord) -> None:
        """Put `step` in the place of what was recorded for its path. Raises OutputError if it cannot be written."""
        ...

    def write_run(self, run: RunRecord) -> None:
        """Record the run's own fields; its steps are not touched. Raises OutputError if it cannot be written."""
        ...

    def close(self) -> None:
        """Make everything durable. Raises OutputError if that fails."""
        ...


class RunLogStore(Protocol):
    """A place for records, by run id."""

    @property
    def parallel_writes(self) -> bool:
        """Whether several processes may write steps of one run at once."""
        ...

    def create(self, run: RunRecord) -> RunWriter:
        """Start the record of `run`, whose steps are recorded as they are given.

        Raises ConfigurationError (RunExists) if the id is taken, also by a process that creates it at the same moment,
        and OutputError if the store cannot be written.
        """
        ...

    def read(self, run_id: str) -> RunRecord:
        """The record of a run, ended or not. Raises ConfigurationError (RunUnreadable) if there is none to read."""
        ...

    def runs(self) -> tuple[str, ...]:
        """The ids of the runs that are recorded, sorted."""
        ...
