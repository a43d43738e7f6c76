"""Locks: which runs have a writer. The system releases a lock when its process ends, however it ends.

The lock is a POSIX record lock on ``<run's folder>/writer.lock``. A forked worker does not inherit it, nor does what a
task starts. Processes in containers that share the folder see it too; where the file system knows no locks, there is
none, and a second writer is not noticed.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

try:
    import fcntl

    _CAN_LOCK = True
except ImportError:  # Windows has another kind, and no kill -9 that needs it
    _CAN_LOCK = False

_FILE = "writer.lock"
_HELD_BY_OTHERS = (errno.EACCES, errno.EAGAIN)
_held_here: set[Path] = set()
"""The folders that this process has locked: to it, its own locks would look free."""


class WriterLock:
    """The right to write one run, held until `release`."""

    def __init__(self, folder: Path, descriptor: int) -> None:
        self._folder = folder
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor >= 0:
            _held_here.discard(self._folder)
            with suppress(OSError):  # a task has closed it
                os.close(self._descriptor)
            self._descriptor = -1


def lock(folder: Path) -> WriterLock | None:
    """The lock of the run in `folder`, None if another writer has it. Raises OSError if it cannot be made."""
    if folder in _held_here:
        return None
    descriptor = os.open(folder / _FILE, os.O_CREAT | os.O_RDWR, 0o644)
    if not _try(descriptor):
        os.close(descriptor)
        return None
    _held_here.add(folder)
    return WriterLock(folder, descriptor)


def is_locked(folder: Path) -> bool:
    """Whether the run in `folder` has a writer, in this process or another one."""
    if folder in _held_here:
        return True
    try:
        descriptor = os.open(folder / _FILE, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _try(descriptor)
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    if not _CAN_LOCK:
        return True
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _HELD_BY_OTHERS
    return True
