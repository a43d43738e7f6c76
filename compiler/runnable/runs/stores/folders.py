"""Shared by the stores in files: a folder for each run, and clear errors for what the file system refuses."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from runnable.diagnostics.codes.configuration import RunExists, RunUnreadable
from runnable.diagnostics.codes.records import RunActive
from runnable.diagnostics.errors import ConfigurationError, OutputError, RecordUnusable
from runnable.runs import owners
from runnable.runs.stores.locks import WriterLock, lock
from runnable.runs.stores.opening import open_file, refuse_link
from runnable.runs.stores.sessions import owner_of
from runnable_runtime.records.records import RecordError, RunRecord


class writing:
    """Turn an OSError into an OutputError that says where and why. It is around every line of a record."""

    __slots__ = ("_folder",)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            raise OutputError(
                f"error: cannot write the run's record in {self._folder}: {reason}\n"
                " = help: free or allow the space, or set another log_folder for the run-log-store in the configuration"
            ) from None


def claim_new(log_folder: Path, run_id: str, file_name: str) -> tuple[Path, WriterLock]:
    """A folder for a new run, with the right to write it. A run has begun once `file_name` is in its folder.

    Raises ConfigurationError if there is such a run, or one is being made, and OutputError if it cannot be made.
    """
    folder = log_folder / run_id
    with writing(log_folder):
        folder.mkdir(parents=True, exist_ok=True)
        held = lock(folder)
        if held is not None and not (folder / file_name).exists():
            return folder, held
        if held is not None:
            held.release()
    raise ConfigurationError([RunExists(run_id=run_id)])


def claim(log_folder: Path, run_id: str) -> WriterLock:
    """The right to write an existing run. Raises RecordUnusable if another process has it, OutputError if it fails."""
    with writing(log_folder / run_id):
        held = lock(log_folder / run_id)
    if held is None:
        owner = owner_of(log_folder / run_id)
        raise RecordUnusable([RunActive(run_id=run_id, by=owners.described(owner) if owner else "")])
    return held


sync_file: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
"""Make what was written to an open file durable."""


def runs_with(log_folder: Path, file_name: str) -> tuple[str, ...]:
    """The runs below `log_folder` whose folder has `file_name`, sorted."""
    try:
        return tuple(sorted(f.parent.name for f in log_folder.glob(f"*/{file_name}")))
    except OSError:
        return ()


def reading(log_folder: Path, run_id: str, file_name: str, read: Callable[[Path], RunRecord]) -> RunRecord:
    """The record that `read` finds in the folder of `run_id`. Raises RecordUnusable if it cannot be had."""
    with unreadable(run_id):
        try:
            refuse_link(log_folder / run_id)
            record = read(log_folder / run_id)
        except FileNotFoundError:
            reason, known = f"there is none in {log_folder}", runs_with(log_folder, file_name)
            raise RecordUnusable([RunUnreadable(run_id=run_id, reason=reason, known=known)]) from None
        check_id(record, run_id)
        return record


@contextmanager
def unreadable(run_id: str) -> Iterator[None]:
    """Make a RecordUnusable of what keeps a record from being read."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
    except RecordError as error:
        reason = str(error)
    else:
        return
    raise RecordUnusable([RunUnreadable(run_id=run_id, reason=reason, known=())])


def check_id(record: RunRecord, run_id: str) -> None:
    """Raise RecordError if `record` was found under `run_id`, and is that of another run."""
    if record.run_id != run_id:
        raise RecordError(f"it is the record of the run {record.run_id!r}, copied or renamed: give it back that name")


def file_in(folder: Path, name: str) -> BinaryIO | None:
    """The file that a record names in its own folder, open for reading; None if there is none.

    Raises RecordUnusable for a name that leads out of the folder, which only a record of another's making has.
    """
    place = folder / name
    if "\0" in name or not place.resolve().is_relative_to(folder.resolve()):
        raise RecordUnusable([RunUnreadable(run_id=folder.name, reason=f"it names a file outside of it, {name!r}")])
    try:
        return open_file(place)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecordUnusable([RunUnreadable(run_id=folder.name, reason=f"{name}: {error.strerror}")]) from None
