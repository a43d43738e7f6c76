"""Records in a journal: one file a run, ``<log_folder>/<run_id>/run.jsonl``, that only ever grows.

The first line is the run with all its steps as created, the second one the run's own fields again, in case the first is
damaged. Each later one is a step (``{"step": …}``), the code of tasks (``{"code": …}``) or the run's own fields
(``{"run": …}``) as they have become, with the number of the session that wrote it (`sessions`). The last line about a
thing counts. Lines are written by a single call, one or several at
once, so that whatever ends the process leaves whole lines and at most one
torn at the end, which readers ignore, and the next session removes. `journal` reads them.

Durability: a line that ends a task is made durable (fdatasync, about 0.2 ms here) before anything that follows the task
starts; the record of a step that has ended thus survives a power cut, not only the end of the process. Where tasks that
do not follow it wait for a worker, they start meanwhile, and one sync is for all tasks that have ended before it
(`write_ended`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import BinaryIO

from runnable.runs.stores.folders import claim, claim_new, file_in, reading, runs_with, sync_file, unreadable, writing
from runnable.runs.stores.following import JournalFollower, stamp_of
from runnable.runs.stores.journal import JOURNAL, SESSION, read_header, read_journal
from runnable.runs.stores.locks import WriterLock, is_locked
from runnable.runs.stores.opening import NO_LINKS, open_file
from runnable.runs.stores.removing import half_removed, remove_folder
from runnable.runs.stores.sessions import Session, begin
from runnable.runs.stores.syncing import Syncing
from runnable_runtime.deferred import dataclass
from runnable_runtime.process.files import sync_folder
from runnable_runtime.process.held import HeldFile
from runnable_runtime.protocol import Json
from runnable_runtime.records.chunks import encode, must_be_durable
from runnable_runtime.records.records import RunRecord, StepRecord

_APPEND = os.O_WRONLY | os.O_APPEND
_BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class FileSystemStore:
    """Journals below `log_folder`, an absolute path."""

    log_folder: Path

    @property
    def name(self) -> str:
        """See `RunLogStore.name`."""
        return str(self.log_folder)

    def create(self, run: RunRecord) -> JournalRun:
        """See `RunLogStore.create`."""
        folder, held = claim_new(self.log_folder, run.run_id, JOURNAL)
        with writing(folder):
            begun = folder / f"{JOURNAL}.tmp"
            begun.unlink(missing_ok=True)
            file = HeldFile(begun, os.O_CREAT | os.O_EXCL | NO_LINKS | _APPEND)
            writer = JournalRun(folder, file, begin(folder), held)
            writer.append(run.to_json(), durable=False)
            writer.append({"run": run.header_to_json()}, durable=True)
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
                session = begin(folder)
                file = HeldFile(folder / JOURNAL, _APPEND | NO_LINKS)
            return self.read(run_id), JournalRun(folder, file, session, held)
        except BaseException:
            held.release()
            raise

    def read(self, run_id: str) -> RunRecord:
        """See `RunLogStore.read`."""
        return reading(self.log_folder, run_id, JOURNAL, read_journal)

    def header(self, run_id: str) -> RunRecord:
        """See `RunLogStore.header`."""
        return reading(self.log_folder, run_id, JOURNAL, read_header)

    def follow(self, run_id: str) -> JournalFollower:
        """See `Follows.follow`."""
        return JournalFollower(self.log_folder, run_id)

    def stamp(self, run_id: str) -> tuple[int, ...]:
        """See `Follows.stamp`."""
        return stamp_of(self.log_folder / run_id / JOURNAL)

    def is_active(self, run_id: str) -> bool:
        """See `RunLogStore.is_active`."""
        return is_locked(self.log_folder / run_id)

    def file(self, run_id: str, name: str) -> BinaryIO | None:
        """See `RunLogStore.file`."""
        return file_in(self.log_folder / run_id, name)

    def repair(self, run_id: str) -> str:
        """See `Repairs.repair`."""
        from runnable.runs.stores.repairing import repair_journal

        with unreadable(run_id):
            return str(repair_journal(self.log_folder, run_id))

    def remove(self, run_id: str, also: Callable[[], None]) -> None:
        """See `Removes.remove`."""
        remove_folder(self.log_folder, run_id, also)

    def half_removed(self) -> Mapping[str, str]:
        """See `Removes.half_removed`."""
        return half_removed(self.log_folder, JOURNAL, read_header)

    def runs(self) -> tuple[str, ...]:
        """See `RunLogStore.runs`."""
        return runs_with(self.log_folder, JOURNAL)


@dataclass(slots=True)
class JournalRun:
    """The open journal of one run."""

    folder: Path
    _file: HeldFile
    _session: Session
    _lock: WriterLock | None = None
    _held_back: bytearray | None = None
    _has_ends: bool = False
    _syncing: Syncing = field(init=False)

    def __post_init__(self) -> None:
        self._syncing = Syncing(lambda: sync_file(self._file.descriptor()))

    @property
    def place(self) -> str:
        """See `RunWriter.place`."""
        return str(self.folder)

    def write_step(self, step: StepRecord) -> None:
        """See `RunWriter.write_step`."""
        with writing(self.folder):
            self.append({"step": step.to_json()}, durable=must_be_durable(step))

    def write_created(self, steps: Sequence[StepRecord]) -> None:
        """See `RunWriter.write_created`."""
        with writing(self.folder):
            for step in steps:
                self.append({"step": step.to_json()}, durable=False)

    def write_ended(self, step: StepRecord) -> int:
        """See `WritesAhead.write_ended`."""
        with writing(self.folder):
            self.append({"step": step.to_json()}, durable=False)
            if self._held_back is None:
                return self._syncing.ask()
            self._has_ends = True
            return self._syncing.following

    def durable(self, *, wait: bool) -> int:
        """See `WritesAhead.durable`."""
        with writing(self.folder):
            if wait and self._held_back is not None:
                self._let_go()
            return self._syncing.done(wait=wait)

    @contextmanager
    def together(self) -> Iterator[None]:
        """See `WritesAhead.together`."""
        self._held_back = bytearray()
        try:
            yield
        finally:
            try:
                with writing(self.folder):
                    self._let_go()
            finally:
                self._held_back = None

    def _let_go(self) -> None:
        """Write what is held back, and have the ends in it made durable."""
        if self._held_back:
            held, self._held_back = self._held_back, bytearray()
            self._write(held)
        if self._has_ends:
            self._has_ends = False
            self._syncing.ask()

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
        self._syncing.close()
        self._file.close()
        if self._lock is not None:
            self._lock.release()

    def append(self, document: Json, *, durable: bool) -> None:
        """Add one line. Raises RecordUnusable if the run has been taken over."""
        line = encode({**document, SESSION: self._session.number})
        if self._held_back is not None:
            self._held_back += line
            if durable or len(self._held_back) >= _BLOCK:
                self._let_go()
        else:
            self._write(line)
        if durable:
            sync_file(self._file.descriptor())

    def _write(self, lines: bytes | bytearray) -> None:
        """Add whole lines by a single call. Raises RecordUnusable if the run has been taken over."""
        descriptor = self._file.descriptor()
        self._session.check()
        written = os.write(descriptor, lines)
        while written < len(lines):  # only a full disk or an enormous line comes here
            written += os.write(descriptor, lines[written:])


def _leave_out_torn_line(folder: Path) -> None:
    """Replace the journal by a copy without the torn line; whoever is reading the journal meanwhile reads the old one.

    If the line were cut off in the file itself, a reader could see its beginning followed by the end of a later line.
    """
    journal, copy = folder / JOURNAL, folder / f"{JOURNAL}.tmp"
    length = _whole_lines(journal)
    if length == journal.stat().st_size:
        copy.unlink(missing_ok=True)
        return
    import shutil

    copy.unlink(missing_ok=True)
    with open_file(journal) as source, copy.open("xb") as target:
        shutil.copyfileobj(source, target, _BLOCK)
        target.truncate(length)
        target.flush()
        sync_file(target.fileno())
    copy.replace(journal)
    sync_folder(folder)


def _whole_lines(journal: Path) -> int:
    """The length of the journal up to its last end of line, in bytes."""
    with open_file(journal) as stream:
        end = stream.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - _BLOCK)
            stream.seek(start)
            found = stream.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0
