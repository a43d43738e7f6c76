"""Records in one file a step below a folder, so that several processes can write one run; `chunks` has the layout.

Every file is written beside its place and renamed into it: a reader sees the old or the new one, never half of one.

Durability: the file of a task that has ended is made durable before it is renamed (about 0.3 ms here), and the folder
at the end of the run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from runnable.runs.stores.folders import claim, claim_new, file_in, reading, runs_with, sync_file, unreadable, writing
from runnable.runs.stores.following import PartsFollower, stamp_of
from runnable.runs.stores.locks import WriterLock, is_locked
from runnable.runs.stores.opening import open_descriptor, open_file, refuse_link
from runnable.runs.stores.removing import half_removed, remove_folder
from runnable.runs.stores.sessions import Session, begin
from runnable_runtime.deferred import dataclass
from runnable_runtime.process.files import sync_folder
from runnable_runtime.protocol import Json
from runnable_runtime.records import ends
from runnable_runtime.records.chunks import (
    CODE,
    PLAN,
    RUN,
    SESSION,
    STEPS,
    assemble,
    code_part,
    encode,
    must_be_durable,
    plan_of,
    step_part,
)
from runnable_runtime.records.records import RecordError, RunRecord, StepRecord
from runnable_runtime.stores.folder import FolderLocation


@dataclass(frozen=True, slots=True)
class ChunkedStore:
    """Runs below `log_folder`, an absolute path."""

    log_folder: Path

    @property
    def name(self) -> str:
        """See `RunLogStore.name`."""
        return str(self.log_folder)

    def create(self, run: RunRecord) -> ChunkedRun:
        """See `RunLogStore.create`."""
        folder, held = claim_new(self.log_folder, run.run_id, RUN)
        with writing(folder):
            _remove_left(folder)
            for inner in (STEPS, CODE):
                (folder / inner).mkdir(exist_ok=True)
            writer = ChunkedRun(folder, held, begin(folder))
            _replace(f"{folder}/{PLAN}", plan_of(run), durable=True)
            writer.write_run(run)
            sync_folder(folder)
        return writer

    def open(self, run_id: str) -> ChunkedRun:
        """A further writer of a run that another process has created. Raises RecordUnusable if there is none."""
        self.header(run_id)
        return ChunkedRun(self.log_folder / run_id)

    def resume(self, run_id: str) -> tuple[RunRecord, ChunkedRun]:
        """See `RunLogStore.resume`."""
        self.read(run_id)
        held = claim(self.log_folder, run_id)
        folder = self.log_folder / run_id
        try:
            with writing(folder):
                _remove_left(folder)
                session = begin(folder)
            record = self.read(run_id)
        except BaseException:
            held.release()
            raise
        return record, ChunkedRun(folder, held, session)

    def read(self, run_id: str) -> RunRecord:
        """See `RunLogStore.read`."""
        return reading(self.log_folder, run_id, RUN, read_chunks)

    def header(self, run_id: str) -> RunRecord:
        """See `RunLogStore.header`."""
        return reading(self.log_folder, run_id, RUN, read_header)

    def write_end(self, run_id: str, end: ends.WorkflowEnd) -> bool:
        """See `KeepsEnds.write_end`."""
        with writing(self.log_folder / run_id):
            return ends.write_end(FolderLocation(self.log_folder), run_id, end)

    def follow(self, run_id: str) -> PartsFollower:
        """See `Follows.follow`."""
        return PartsFollower(FolderLocation(self.log_folder), run_id, str(self.log_folder / run_id))

    def stamp(self, run_id: str) -> tuple[int, ...]:
        """See `Follows.stamp`. The end of a workflow is a file of its own."""
        folder = self.log_folder / run_id
        return stamp_of(folder / RUN) + stamp_of(folder / ends.ENDS)

    def is_active(self, run_id: str) -> bool:
        """See `RunLogStore.is_active`."""
        return is_locked(self.log_folder / run_id)

    def file(self, run_id: str, name: str) -> BinaryIO | None:
        """See `RunLogStore.file`."""
        return file_in(self.log_folder / run_id, name)

    def repair(self, run_id: str) -> str:
        """See `Repairs.repair`."""
        from runnable.runs.stores.repairing import repair_chunks

        with unreadable(run_id):
            return str(repair_chunks(self.log_folder, run_id, read_chunks))

    def remove(self, run_id: str, also: Callable[[], None]) -> None:
        """See `Removes.remove`."""
        remove_folder(self.log_folder, run_id, also)

    def half_removed(self) -> Mapping[str, str]:
        """See `Removes.half_removed`."""
        return half_removed(self.log_folder, RUN, read_header)

    def runs(self) -> tuple[str, ...]:
        """See `RunLogStore.runs`."""
        return runs_with(self.log_folder, RUN)


@dataclass(slots=True)
class ChunkedRun:
    """A writer of one run."""

    folder: Path
    _lock: WriterLock | None = None
    _session: Session | None = None

    @property
    def place(self) -> str:
        """See `RunWriter.place`."""
        return str(self.folder)

    def write_step(self, step: StepRecord) -> None:
        """See `RunWriter.write_step`."""
        with writing(self.folder):
            self._write(step_part(step.path), step.to_json(), durable=must_be_durable(step))

    def write_code(self, digest: str, parts: Mapping[str, str]) -> None:
        """See `RunWriter.write_code`."""
        with writing(self.folder):
            self._write(code_part(digest), dict(parts), durable=False)

    def write_run(self, run: RunRecord) -> None:
        """See `RunWriter.write_run`."""
        with writing(self.folder):
            self._write(RUN, run.header_to_json(), durable=True)

    def keep(self, name: str) -> None:
        """See `RunWriter.keep`: it is in its place."""

    def close(self) -> None:
        """See `RunWriter.close`."""
        with writing(self.folder):
            sync_folder(self.folder / STEPS)
            sync_folder(self.folder)
        if self._lock is not None:
            self._lock.release()

    def _write(self, part: str, document: dict[str, Json], *, durable: bool) -> None:
        """Replace a part. Raises OSError, and RecordUnusable if the run has been taken over."""
        if self._session is None:
            _replace(f"{self.folder}/{part}", encode(document), durable=durable)
            return
        if not part.startswith(CODE):  # whose fields are the parts of the code
            document = {**document, SESSION: self._session.number}
        _replace(f"{self.folder}/{part}", encode(document), durable=durable, check=self._session.check)


def _remove_left(folder: Path) -> None:
    """Remove what writers that were killed have left half written."""
    for left in folder.rglob("*.tmp"):
        left.unlink(missing_ok=True)


def _replace(place: str, content: bytes, *, durable: bool, check: Callable[[], None] = lambda: None) -> None:
    """Write the file at `place` anew. What `check` raises keeps the old one."""
    temporary = f"{place}.{os.getpid()}.tmp"
    descriptor = open_descriptor(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    try:
        written = 0
        while written < len(content):
            written += os.write(descriptor, content[written:])
        if durable:
            sync_file(descriptor)
    finally:
        os.close(descriptor)
    try:
        check()
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108
        raise
    os.replace(temporary, place)  # noqa: PTH105 - a Path for every step would cost more than the call


def read_header(folder: Path) -> RunRecord:
    """The run in `folder` without its steps. Raises OSError or RecordError."""
    try:
        return _ended(assemble(_content(folder / RUN), None, {}, {}, place=str(folder)), folder)
    except RecordError:
        return read_chunks(folder)


def read_chunks(folder: Path) -> RunRecord:
    """The record that the files in `folder` amount to. Raises OSError or RecordError."""
    run, plan = _content(folder / RUN), folder / PLAN
    for inner in (STEPS, CODE):
        refuse_link(folder / inner)
    steps = {f"{STEPS}/{file.name}": _content(file) for file in sorted((folder / STEPS).glob("*.json"))}
    code = {file.stem: _content(file) for file in (folder / CODE).glob("*.json")}
    record = assemble(run, _content(plan) if plan.exists() else None, steps, code, place=str(folder))
    return _ended(record, folder)


def _content(file: Path) -> bytes:
    with open_file(file) as stream:
        return stream.read()


def _ended(record: RunRecord, folder: Path) -> RunRecord:
    return ends.ended(record, FolderLocation(folder.parent))
