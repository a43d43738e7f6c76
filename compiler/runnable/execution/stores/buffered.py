"""Records in memory: for tests and for runs whose record nobody needs. Logs and notebooks are not kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from runnable.diagnostics.codes import RunExists, RunUnreadable
from runnable.diagnostics.errors import ConfigurationError
from runnable.execution.records import RunRecord, StepRecord


@dataclass(slots=True)
class BufferedStore:
    """Records of this process, by run id."""

    _runs: dict[str, BufferedRun] = field(default_factory=dict)

    @property
    def parallel_writes(self) -> bool:
        """No: another process has another memory."""
        return False

    def create(self, run: RunRecord) -> BufferedRun:
        """See `RunLogStore.create`."""
        created = BufferedRun(run, dict(run.steps))
        if self._runs.setdefault(run.run_id, created) is not created:
            raise ConfigurationError([RunExists(run_id=run.run_id)])
        return created

    def read(self, run_id: str) -> RunRecord:
        """See `RunLogStore.read`."""
        if run_id not in self._runs:
            known = self.runs()
            raise ConfigurationError([RunUnreadable(run_id=run_id, reason="there is none in memory", known=known)])
        return self._runs[run_id].record()

    def runs(self) -> tuple[str, ...]:
        """See `RunLogStore.runs`."""
        return tuple(sorted(self._runs))


@dataclass(slots=True)
class BufferedRun:
    """One run's record in memory."""

    _run: RunRecord
    _steps: dict[str, StepRecord]

    @property
    def folder(self) -> Path | None:
        """None: there is no place for files."""
        return None

    def write_step(self, step: StepRecord) -> None:
        """See `RunWriter.write_step`."""
        self._steps[step.path] = step

    def write_run(self, run: RunRecord) -> None:
        """See `RunWriter.write_run`."""
        self._run = run

    def close(self) -> None:
        """See `RunWriter.close`."""

    def record(self) -> RunRecord:
        """The record as it is now."""
        return replace(self._run, steps=dict(self._steps))
