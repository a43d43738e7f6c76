"""Records in a journal: one file a run, ``<log_folder>/<run_id>/run.jsonl``, that only ever grows.

The first line is the run with all its steps as created; each later one is a step (``{"step": …}``), the code of tasks
(``{"code": …}``) or the run's own fields (``{"run": …}``) as they have become. The last line about a thing counts. A
line is written by a single call, so that whatever ends the process leaves whole lines and at most one torn at the end,
which readers ignore, and the next session removes.

Durability: a line that ends a step is made durable at once (fdatasync, about 0.2 ms here); the record of a step that
has ended thus survives a power cut, not only the end of the process.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from runnable.runs.stores.folders import claim, claim_new, file_in, reading, runs_with, sync_file, writing
from runnable.runs.stores.locks import WriterLock, is_locked
from runnable_runtime.process.files import sync_folder
from runnable_runtime.process.held import HeldFile
from runnable_runtime.protocol import Json
from runnable_runtime.records.chunks import decode, encode, is_final
from runnable_runtime.records.records import RecordError, RunRecord, StepRecord, in_order

JOURNAL = "run.jsonl"
_APPEND = os.O_WRONLY | os.O_APPEND
_RUN_LINE = b'{"run":'
_TAIL = 64 * 1024
"""The part of a journal's end, in bytes, that is searched for the line that ended the run."""


@dataclass(frozen=True, slots=True)
class FileSystemStore:
    """Journals below `log_folder`, an absolute path."""

    log_folder: Path

    @property
    def name(self) -> str:
        """See `RunLogStore.name`."""
        return str(self.log_folder)

    @property
    def parallel_writes(self) -> bool:
        """No: a journal has one writer."""
        return False

    def create(self, run: RunRecord) -> JournalRun:
        """See `RunLogStore.create`."""
        folder, held = claim_new(self.log_folder, run.run_id, JOURNAL)
        with writing(folder):
            begun = folder / f"{JOURNAL}.tmp"
            file = HeldFile(begun, os.O_CREAT | os.O_TRUNC | _APPEND)
            writer = JournalRun(folder, file, held)
            writer.append(run.to_json(), durable=True)
            begun.replace(folder / JOURNAL)
            file.renamed(folder / JOURNAL)
            sync_folder(folder)
        return writer

    def resume(self, run_id: str) -> tuple[RunRecord, JournalRun]:
        """See `RunLogStore.resume`. A torn line at the journal's end is left out."""
        self.read(run_id)
        held = claim(self.log_folder, run_id)
        folder = self.log_folder / run_id
        try:
            with writing(folder):
                _leave_out_torn_line(folder)
                file = HeldFile(folder / JOURNAL, _APPEND)
            return self.read(run_id), JournalRun(folder, file, held)
        except BaseException:
            held.release()
            raise

    def read(self, run_id: str) -> RunRecord:
        """See `RunLogStore.read`."""
        return reading(self.log_folder, run_id, JOURNAL, read_journal)

    def header(self, run_id: str) -> RunRecord:
        """See `RunLogStore.header`."""
        return reading(self.log_folder, run_id, JOURNAL, read_header)

    def is_active(self, run_id: str) -> bool:
        """See `RunLogStore.is_active`."""
        return is_locked(self.log_folder / run_id)

    def file(self, run_id: str, name: str) -> BinaryIO | None:
        """See `RunLogStore.file`."""
        return file_in(self.log_folder / run_id, name)

    def runs(self) -> tuple[str, ...]:
        """See `RunLogStore.runs`."""
        return runs_with(self.log_folder, JOURNAL)


@dataclass(slots=True)
class JournalRun:
    """The open journal of one run."""

    folder: Path
    _file: HeldFile
    _lock: WriterLock | None = None

    @property
    def place(self) -> str:
        """See `RunWriter.place`."""
        return str(self.folder)

    def write_step(self, step: StepRecord) -> None:
        """See `RunWriter.write_step`."""
        with writing(self.folder):
            self.append({"step": step.to_json()}, durable=is_final(step))

    def write_code(self, digest: str, parts: Mapping[str, str]) -> None:
        """See `RunWriter.write_code`."""
        with writing(self.folder):
            self.append({"code": {digest: dict(parts)}}, durable=False)

    def write_run(self, run: RunRecord) -> None:
        """See `RunWriter.write_run`."""
        with writing(self.folder):
            self.append({"run": run.header_to_json()}, durable=True)

    def keep(self, name: str) -> None:
        """See `RunWriter.keep`: it is in its place."""

    def close(self) -> None:
        """See `RunWriter.close`."""
        self._file.close()
        if self._lock is not None:
            self._lock.release()

    def append(self, document: Json, *, durable: bool) -> None:
        """Add one line."""
        line, descriptor = encode(document), self._file.descriptor()
        written = os.write(descriptor, line)
        while written < len(line):  # only a full disk or an enormous line comes here
            written += os.write(descriptor, line[written:])
        if durable:
            sync_file(descriptor)


def _leave_out_torn_line(folder: Path) -> None:
    """Replace the journal by a copy without the torn line; whoever is reading the journal meanwhile reads the old one.

    If the line were cut off in the file itself, a reader could see its beginning followed by the end of a later line.
    """
    journal, copy = folder / JOURNAL, folder / f"{JOURNAL}.tmp"
    length = _whole_lines(journal)
    if length == journal.stat().st_size:
        copy.unlink(missing_ok=True)
        return
    with journal.open("rb") as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, _TAIL)
        target.truncate(length)
        target.flush()
        sync_file(target.fileno())
    copy.replace(journal)
    sync_folder(folder)


def _whole_lines(journal: Path) -> int:
    """The length of the journal up to its last end of line, in bytes."""
    with journal.open("rb") as stream:
        end = stream.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - _TAIL)
            stream.seek(start)
            found = stream.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def read_header(folder: Path) -> RunRecord:
    """The run in `folder`; its steps are left out if it has ended. Raises OSError or RecordError."""
    with (folder / JOURNAL).open("rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - _TAIL))
        last = next((line for line in reversed(stream.readlines()) if line.endswith(b"\n")), b"")
        if last.startswith(_RUN_LINE):
            return RunRecord.from_json(decode(last)["run"], folder=str(folder))
        stream.seek(0)
        return _first_line(stream.readline(), folder)


def _first_line(line: bytes, folder: Path) -> RunRecord:
    if not line.endswith(b"\n"):
        raise RecordError("it was cut off before it had begun")
    return RunRecord.from_json(decode(line), folder=str(folder))


def read_journal(folder: Path) -> RunRecord:
    """The record that the journal in `folder` amounts to. Raises OSError or RecordError."""
    with (folder / JOURNAL).open("rb") as stream:
        run = _first_line(stream.readline(), folder)
        steps, code = dict(run.steps), dict(run.code)
        for line in stream:
            if not line.endswith(b"\n"):
                break
            entry = decode(line)
            if "run" in entry:
                run = RunRecord.from_json(entry["run"], folder=str(folder))
            elif "step" in entry:
                step = StepRecord.from_json(entry["step"])
                steps[step.path] = step
            elif "code" in entry:
                code |= entry["code"]
    return replace(run, code=code, steps=in_order(steps.values()))
