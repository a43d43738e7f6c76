"""Records in memory: for tests and for runs whose record nobody needs. Logs and notebooks are not kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import BinaryIO

from runnable.diagnostics.codes.configuration import RunExists, RunUnreadable
from runnable.diagnostics.codes.records import RunActive
from runnable.diagnostics.errors import ConfigurationError, RecordUnusable
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import RunRecord, StepRecord, in_order


@dataclass(slots=True)
class BufferedStore:
    """Records of this process, by run id."""

    _runs: dict[str, BufferedRun] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """See `RunLogStore.name`."""
        return "memory"

    def create(self, run: RunRecord) -> BufferedRun:
        """See `RunLogStore.create`."""
        created = BufferedRun(run, dict(run.steps))
        if self._runs.setdefault(run.run_id, created) is not created:
            raise ConfigurationError([RunExists(run_id=run.run_id)])
        return created

    def resume(self, run_id: str) -> tuple[RunRecord, BufferedRun]:
        """See `RunLogStore.resume`."""
        record = self.read(run_id)
        if self.is_active(run_id):
            raise RecordUnusable([RunActive(run_id=run_id)])
        self._runs[run_id].closed = False
        return record, self._runs[run_id]

    def read(self, run_id: str) -> RunRecord:
        """See `RunLogStore.read`."""
        if run_id not in self._runs:
            known = self.runs()
            raise RecordUnusable([RunUnreadable(run_id=run_id, reason="there is none in memory", known=known)])
        return self._runs[run_id].record()

    def header(self, run_id: str) -> RunRecord:
        """See `RunLogStore.header`."""
        return self.read(run_id)

    def is_active(self, run_id: str) -> bool:
        """See `RunLogStore.is_active`."""
        return run_id in self._runs and not self._runs[run_id].closed

    def file(self, run_id: str, name: str) -> BinaryIO | None:
        """None: no files are kept."""
        return None

    def runs(self) -> tuple[str, ...]:
        """See `RunLogStore.runs`."""
        return tuple(sorted(self._runs))


@dataclass(slots=True)
class BufferedRun:
    """One run's record in memory."""

    _run: RunRecord
    _steps: dict[str, StepRecord]
    closed: bool = False
    _code: dict[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def folder(self) -> Path | None:
        """None: there is no place for files."""
        return None

    @property
    def place(self) -> str:
        """Nowhere."""
        return ""

    def write_step(self, step: StepRecord) -> None:
        """See `RunWriter.write_step`."""
        self._steps[step.path] = step

    def write_created(self, steps: Sequence[StepRecord]) -> None:
        """See `RunWriter.write_created`."""
        self._steps |= {step.path: step for step in steps}

    def write_code(self, digest: str, parts: Mapping[str, str]) -> None:
        """See `RunWriter.write_code`."""
        self._code[digest] = parts

    def write_run(self, run: RunRecord) -> None:
        """See `RunWriter.write_run`."""
        self._run = run

    def keep(self, name: str) -> None:
        """See `RunWriter.keep`: there is none."""

    def close(self) -> None:
        """See `RunWriter.close`."""
        self.closed = True

    def record(self) -> RunRecord:
        """The record as it is now."""
        return replace(self._run, code=dict(self._code), steps=in_order(self._steps.values()))
