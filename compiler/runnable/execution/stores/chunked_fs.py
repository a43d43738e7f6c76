"""Records in one file a step, so that several processes can write one run.

    <log_folder>/<run_id>/run.json              the run, and its steps as they were created, in order
    <log_folder>/<run_id>/steps/<name>.json     one step as it has become; `names.encode_path` makes the name

Every file is written beside its place and renamed into it: a reader sees the old or the new one, never half of one. The
last writer of a step wins; steps do not touch each other.

Durability: the file of a step that has ended is made durable before it is renamed (about 0.3 ms here), and the folder
at the end of the run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from runnable.execution.records import RunRecord, Status, StepRecord
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
from runnable.execution.stores.names import encode_path

RUN_FILE = "run.json"
STEPS = "steps"
_NOT_FINAL = (Status.CREATED, Status.RUNNING)


@dataclass(frozen=True, slots=True)
class ChunkedStore:
    """Runs below `log_folder`, an absolute path."""

    log_folder: Path

    @property
    def parallel_writes(self) -> bool:
        """Yes."""
        return True

    def create(self, run: RunRecord) -> ChunkedRun:
        """See `RunLogStore.create`."""
        folder = create_run_folder(self.log_folder, run.run_id)
        with writing(folder):
            (folder / STEPS).mkdir()
            writer = ChunkedRun(folder, tuple(run.steps.values()))
            writer.write_run(run)
            sync_folder(folder)
        return writer

    def open(self, run_id: str) -> ChunkedRun:
        """A further writer of a run that another process has created. Raises ConfigurationError if there is none."""
        return ChunkedRun(self.log_folder / run_id, tuple(self.read(run_id).steps.values()))

    def read(self, run_id: str) -> RunRecord:
        """See `RunLogStore.read`."""
        return reading(self.log_folder, run_id, RUN_FILE, read_chunks)

    def runs(self) -> tuple[str, ...]:
        """See `RunLogStore.runs`."""
        return runs_with(self.log_folder, RUN_FILE)


@dataclass(slots=True)
class ChunkedRun:
    """A writer of one run. `_plan` has the steps as they were created: they give the order."""

    folder: Path
    _plan: tuple[StepRecord, ...]

    def write_step(self, step: StepRecord) -> None:
        """See `RunWriter.write_step`."""
        with writing(self.folder):
            place = f"{self.folder}/{STEPS}/{encode_path(step.path)}.json"
            _replace(place, encode(step.to_json()), durable=step.status not in _NOT_FINAL)

    def write_run(self, run: RunRecord) -> None:
        """See `RunWriter.write_run`."""
        with writing(self.folder):
            document = {**run.header_to_json(), "steps": [step.to_json() for step in self._plan]}
            _replace(f"{self.folder}/{RUN_FILE}", encode(document), durable=True)

    def close(self) -> None:
        """See `RunWriter.close`."""
        with writing(self.folder):
            sync_folder(self.folder / STEPS)
            sync_folder(self.folder)


def _replace(place: str, content: bytes, *, durable: bool) -> None:
    temporary = f"{place}.{os.getpid()}.tmp"
    descriptor = os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o644)
    try:
        written = 0
        while written < len(content):
            written += os.write(descriptor, content[written:])
        if durable:
            sync_file(descriptor)
    finally:
        os.close(descriptor)
    os.replace(temporary, place)  # noqa: PTH105 - a Path for every step would cost more than the call


def read_chunks(folder: Path) -> RunRecord:
    """The record that the files in `folder` amount to. Raises OSError or RecordError."""
    run = RunRecord.from_json(decode((folder / RUN_FILE).read_bytes()), folder=str(folder))
    steps = dict(run.steps)
    for file in sorted((folder / STEPS).glob("*.json")):
        step = StepRecord.from_json(decode(file.read_bytes()))
        steps[step.path] = step
    return replace(run, steps=steps)
