"""Records in one file a step below a folder, so that several processes can write one run; `chunks` has the layout.

A reader sees the old or the new state of a part, never half of one (`part_files`).

Durability: the end of a task is made durable before anything that follows the task starts; the names of the files at
the end of the run. Where tasks that do not follow it wait for a worker, they start meanwhile, and the files of all
tasks that have ended are made durable at the same time (`write_ended`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import field
from pathlib import Path
from typing import BinaryIO

from runnable.runs.stores.folders import claim, claim_new, file_in, reading, runs_with, unreadable, writing
from runnable.runs.stores.following import PartsFollower, stamp_of
from runnable.runs.stores.locks import WriterLock, is_locked
from runnable.runs.stores.opening import open_file, refuse_link
from runnable.runs.stores.part_files import GrowingParts, replace_part
from runnable.runs.stores.removing import half_removed, remove_folder
from runnable.runs.stores.sessions import Session, begin
from runnable_runtime.deferred import dataclass
from runnable_runtime.process.files import sync_folder
from runnable_runtime.protocol import Json
from runnable_runtime.records import ends
from runnable_runtime.records.chunks import (
    CODE,
    CREATED,
    FOLDERS,
    PLAN,
    RUN,
    SESSION,
    STEPS,
    as_created,
    assemble,
    code_part,
    created_part,
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
            for inner in FOLDERS:
                (folder / inner).mkdir(exist_ok=True)
            writer = ChunkedRun(folder, held, begin(folder))
            replace_part(f"{folder}/{PLAN}", plan_of(run), _nothing, durable=True)
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
    _steps: GrowingParts = field(init=False)

    def __post_init__(self) -> None:
        self._steps = GrowingParts(self._check)

    @property
    def place(self) -> str:
        """See `RunWriter.place`."""
        return str(self.folder)

    def write_step(self, step: StepRecord) -> None:
        """See `RunWriter.write_step`."""
        with writing(self.folder):
            self._steps.add(self._place(step), self._content(step.to_json()), durable=must_be_durable(step))

    def write_ended(self, step: StepRecord) -> int:
        """See `WritesAhead.write_ended`."""
        with writing(self.folder):
            return self._steps.add_later(self._place(step), self._content(step.to_json()))

    def durable(self, *, wait: bool) -> int:
        """See `WritesAhead.durable`."""
        with writing(self.folder):
            return self._steps.durable(wait=wait)

    def together(self) -> AbstractContextManager[None]:
        """See `WritesAhead.together`: each part is a call of its own."""
        return nullcontext()

    def write_created(self, steps: Sequence[StepRecord]) -> None:
        """See `RunWriter.write_created`."""
        with writing(self.folder):
            (self.folder / CREATED).mkdir(exist_ok=True)  # the run may have begun with an older version
            self._replace(created_part(steps), self._content(as_created(steps)), durable=False)

    def write_code(self, digest: str, parts: Mapping[str, str]) -> None:
        """See `RunWriter.write_code`."""
        with writing(self.folder):
            self._replace(code_part(digest), encode(dict(parts)), durable=False)

    def write_run(self, run: RunRecord) -> None:
        """See `RunWriter.write_run`."""
        with writing(self.folder):
            self._replace(RUN, self._content(run.header_to_json()), durable=True)

    def keep(self, name: str) -> None:
        """See `RunWriter.keep`: it is in its place."""

    def close(self) -> None:
        """See `RunWriter.close`."""
        self._steps.close()
        with writing(self.folder):
            for inner in (CREATED, STEPS):
                if (self.folder / inner).exists():
                    sync_folder(self.folder / inner)
            sync_folder(self.folder)
        if self._lock is not None:
            self._lock.release()

    def _place(self, step: StepRecord) -> str:
        return f"{self.folder}/{step_part(step.path)}"

    def _replace(self, part: str, content: bytes, *, durable: bool) -> None:
        replace_part(f"{self.folder}/{part}", content, self._check, durable=durable)

    def _content(self, document: dict[str, Json]) -> bytes:
        return encode(document if self._session is None else {**document, SESSION: self._session.number})

    def _check(self) -> None:
        """Raise RecordUnusable if the run has been taken over."""
        if self._session is not None:
            self._session.check()


def _nothing() -> None:
    pass


def _remove_left(folder: Path) -> None:
    """Remove what writers that were killed have left half written."""
    for left in folder.rglob("*.tmp"):
        left.unlink(missing_ok=True)


def read_header(folder: Path) -> RunRecord:
    """The run in `folder` without its steps. Raises OSError or RecordError."""
    try:
        return _ended(assemble(_content(folder / RUN), None, {}, {}, place=str(folder)), folder)
    except RecordError:
        return read_chunks(folder)


def read_chunks(folder: Path) -> RunRecord:
    """The record that the files in `folder` amount to. Raises OSError or RecordError."""
    run, plan = _content(folder / RUN), folder / PLAN
    for inner in FOLDERS:
        refuse_link(folder / inner)
    steps = {
        f"{i}/{file.name}": _content(file) for i in (CREATED, STEPS) for file in sorted((folder / i).glob("*.json"))
    }
    code = {file.stem: _content(file) for file in (folder / CODE).glob("*.json")}
    record = assemble(run, _content(plan) if plan.exists() else None, steps, code, place=str(folder))
    return _ended(record, folder)


def _content(file: Path) -> bytes:
    with open_file(file) as stream:
        return stream.read()


def _ended(record: RunRecord, folder: Path) -> RunRecord:
    return ends.ended(record, FolderLocation(folder.parent))
