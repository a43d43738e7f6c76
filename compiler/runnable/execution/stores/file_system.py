"""Records in a journal: one file a run, ``<log_folder>/<run_id>/run.jsonl``, that only ever grows.

The first line is the run with all its steps as created; each later one is a step (``{"step": …}``) or the run's own
fields (``{"run": …}``) as they have become. The last line about a thing counts. A line is written by a single call, so
that whatever ends the process leaves whole lines and at most one torn at the end, which readers leave aside.

Durability: a line that ends a step is made durable at once (fdatasync, about 0.2 ms here); the record of a step that
has ended thus survives a power cut, not only the end of the process.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from runnable.execution.records import RecordError, RunRecord, Status, StepRecord
from runnable.execution.stores.folders import (
    create_run_folder,
    decode,
    encode,
    reading,
    runs_with,
    sync_file,
    sync_folder,
    writing,
)
from runnable_runtime.protocol import Json

JOURNAL = "run.jsonl"
_NOT_FINAL = (Status.CREATED, Status.RUNNING)


@dataclass(frozen=True, slots=True)
class FileSystemStore:
    """Journals below `log_folder`, an absolute path."""

    log_folder: Path

    @property
    def parallel_writes(self) -> bool:
        """No: a journal has one writer."""
        return False

    def create(self, run: RunRecord) -> JournalRun:
        """See `RunLogStore.create`."""
        folder = create_run_folder(self.log_folder, run.run_id)
        with writing(folder):
            descriptor = os.open(folder / JOURNAL, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o644)
            writer = JournalRun(folder, descriptor)
            writer.append(run.to_json(), durable=True)
            sync_folder(folder)
        return writer

    def read(self, run_id: str) -> RunRecord:
        """See `RunLogStore.read`."""
        return reading(self.log_folder, run_id, JOURNAL, read_journal)

    def runs(self) -> tuple[str, ...]:
        """See `RunLogStore.runs`."""
        return runs_with(self.log_folder, JOURNAL)


@dataclass(slots=True)
class JournalRun:
    """The open journal of one run."""

    folder: Path
    _descriptor: int

    def write_step(self, step: StepRecord) -> None:
        """See `RunWriter.write_step`."""
        with writing(self.folder):
            self.append({"step": step.to_json()}, durable=step.status not in _NOT_FINAL)

    def write_run(self, run: RunRecord) -> None:
        """See `RunWriter.write_run`."""
        with writing(self.folder):
            self.append({"run": run.header_to_json()}, durable=True)

    def close(self) -> None:
        """See `RunWriter.close`."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def append(self, document: Json, *, durable: bool) -> None:
        """Add one line."""
        line = encode(document)
        written = os.write(self._descriptor, line)
        while written < len(line):  # only a full disk or an enormous line comes here
            written += os.write(self._descriptor, line[written:])
        if durable:
            sync_file(self._descriptor)


def read_journal(folder: Path) -> RunRecord:
    """The record that the journal in `folder` amounts to. Raises OSError or RecordError."""
    with (folder / JOURNAL).open("rb") as stream:
        first = stream.readline()
        if not first.endswith(b"\n"):
            raise RecordError("it was cut off before it had begun")
        run = RunRecord.from_json(decode(first), folder=str(folder))
        steps = dict(run.steps)
        for line in stream:
            if not line.endswith(b"\n"):
                break
            entry = decode(line)
            if "run" in entry:
                run = RunRecord.from_json(entry["run"], folder=str(folder))
            elif "step" in entry:
                step = StepRecord.from_json(entry["step"])
                steps[step.path] = step
    return replace(run, steps=steps)
