"""What the stores in files share: a folder for each run, and clear errors for what the file system refuses."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runnable.diagnostics.codes import RunExists, RunUnreadable
from runnable.diagnostics.errors import ConfigurationError, OutputError
from runnable.execution.records import RecordError, RunRecord
from runnable_runtime.protocol import Json


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn an OSError into an OutputError that says where and why."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"error: cannot write the run's record in {folder}: {reason}\n"
            " = help: free or allow the space, or set another log_folder for the run-log-store in the configuration"
        ) from None


def create_run_folder(log_folder: Path, run_id: str) -> Path:
    """A new folder for a run. Raises ConfigurationError if there is one, OutputError if it cannot be made."""
    folder = log_folder / run_id
    with writing(log_folder):
        log_folder.mkdir(parents=True, exist_ok=True)
        try:
            folder.mkdir()
        except FileExistsError:
            raise ConfigurationError([RunExists(run_id=run_id)]) from None
    return folder


sync_file: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
"""Make what was written to an open file durable."""


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable, where the system can open a folder."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def runs_with(log_folder: Path, file_name: str) -> tuple[str, ...]:
    """The runs below `log_folder` whose folder has `file_name`, sorted."""
    try:
        return tuple(sorted(f.parent.name for f in log_folder.glob(f"*/{file_name}")))
    except OSError:
        return ()


def reading(log_folder: Path, run_id: str, file_name: str, read: Callable[[Path], RunRecord]) -> RunRecord:
    """The record that `read` finds in the folder of `run_id`. Raises ConfigurationError if it cannot be had."""
    try:
        return read(log_folder / run_id)
    except FileNotFoundError:
        reason, known = f"there is none in {log_folder}", runs_with(log_folder, file_name)
    except OSError as error:
        reason, known = error.strerror or str(error), ()
    except RecordError as error:
        reason, known = str(error), ()
    raise ConfigurationError([RunUnreadable(run_id=run_id, reason=reason, known=known)])


def encode(document: Json) -> bytes:
    """One line of compact JSON with its end of line."""
    return (
        json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
            "utf-8", "surrogatepass"
        )
        + b"\n"
    )


def decode(text: bytes) -> Json:
    """The inverse of `encode`. Raises RecordError for what is not JSON."""
    try:
        return json.loads(text.decode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise RecordError(f"the record is damaged: {error}") from None
