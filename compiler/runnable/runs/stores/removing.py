"""Removing runs from a folder, so that whatever ends the process half-way leaves a run that is there, or is gone.

A run's folder is moved to ``<log_folder>/.removed/<run_id>`` first, in one step, and emptied there. What is found there
later is what a process has left that was killed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from runnable.diagnostics.errors import OutputError, RecordUnusable
from runnable.runs.stores.folders import claim, reading, unreadable
from runnable.runs.stores.opening import refuse_link
from runnable_runtime.process.files import sync_folder
from runnable_runtime.records.records import RunRecord

REMOVED = ".removed"


def remove_folder(log_folder: Path, run_id: str, also: Callable[[], None]) -> None:
    """Remove the run, then what `also` removes, then what is left of the record; see `Removes.remove`."""
    folder, gone = log_folder / run_id, log_folder / REMOVED / run_id
    try:
        if folder.is_dir():
            with unreadable(run_id):
                refuse_link(folder)
            held = claim(log_folder, run_id)
            try:
                gone.parent.mkdir(exist_ok=True)
                _empty(gone)  # of a run of the same name
                folder.rename(gone)
                sync_folder(log_folder)
            finally:
                held.release()
        also()
        _empty(gone)
        with suppress(OSError):  # others are on their way out
            gone.parent.rmdir()
    except OSError as error:
        raise OutputError(
            f"error: cannot remove the run {run_id} from {log_folder}: {error.strerror or error}"
        ) from None


def half_removed(log_folder: Path, file_name: str, read: Callable[[Path], RunRecord]) -> dict[str, str]:
    """What removals that were ended half-way have left: runs' ids, with their configurations.

    Where there is a run of the same name again, whose files cannot be told from those of the old one, it is left there.
    """
    place = log_folder / REMOVED
    try:
        found = sorted(folder.name for folder in place.iterdir() if not (log_folder / folder.name).exists())
    except OSError:
        return {}
    return {run_id: _configuration(place, run_id, file_name, read) for run_id in found}


def _configuration(place: Path, run_id: str, file_name: str, read: Callable[[Path], RunRecord]) -> str:
    try:
        return reading(place, run_id, file_name, read).configuration
    except RecordUnusable:  # it is half empty: all else is removed before the record itself is
        return ""


def _empty(folder: Path) -> None:
    if folder.is_dir() and not folder.is_symlink():
        import shutil

        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)
