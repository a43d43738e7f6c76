"""Locks: which runs have a writer. The system releases a lock when its process ends, however it ends.

The lock is on ``<run's folder>/writer.lock``. It belongs to an open file and not to the process (docs/adr/0017):
whatever else of the process opens and closes that file leaves the lock alone. Where the system can do that, the file
is open as a mapping of memory and not as a descriptor: a task cannot close it, and no child process has it. Where the
file system knows no locks there is none; of two writers, `sessions` then refuses the older one.
"""

from __future__ import annotations

import errno
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from runnable_runtime.process.held import HeldFile

try:
    import fcntl

    _CAN_LOCK = True
except ImportError:  # Windows has another kind, and no kill -9 that needs it
    _CAN_LOCK = False

_FILE = "writer.lock"
_HELD_BY_OTHERS = (errno.EACCES, errno.EAGAIN)
_FLOCK = struct.Struct("@hhqqi4x")
"""`struct flock` of Linux: the type, from where, the start, the length (0: all), and the process, which must be 0."""
_PAGE = 4096
_PROT_NONE, _MAP_PRIVATE, _MADV_DONTFORK = 0, 2, 10


class _Held(Protocol):
    """What keeps the file open that the lock belongs to."""

    def close(self) -> None: ...


class WriterLock:
    """The right to write one run, held until `release`."""

    def __init__(self, held: _Held) -> None:
        self._held: _Held | None = held

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._held is not None:
            self._held.close()
            self._held = None


def lock(folder: Path) -> WriterLock | None:
    """The lock of the run in `folder`, None if another writer has it. Raises OSError if it cannot be made."""
    return lock_file(folder / _FILE)


def lock_file(path: Path) -> WriterLock | None:
    """The lock of one file, which is made if need be; None if another open file has it. Raises OSError."""
    file = HeldFile(path, os.O_CREAT | os.O_RDWR)
    if not _try(file.descriptor()):
        file.close()
        return None
    mapped = _mapped(file.descriptor())
    if mapped is None:
        return WriterLock(file)
    file.close()
    return WriterLock(mapped)


def is_locked(folder: Path) -> bool:
    """Whether the run in `folder` has a writer, in this process or another one; to ask takes no right to write."""
    if not _CAN_LOCK:
        return False
    try:
        descriptor = os.open(folder / _FILE, os.O_RDONLY)
    except OSError:
        return False
    try:
        return _is_locked(descriptor)
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    """Lock an open file; False if it is locked."""
    if not _CAN_LOCK:
        return True
    try:
        if hasattr(fcntl, "F_OFD_SETLK"):
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _HELD_BY_OTHERS
    return True


def _is_locked(descriptor: int) -> bool:
    """Whether another open file has the lock of this one; it is not taken for that where one can ask for it alone."""
    try:
        if hasattr(fcntl, "F_OFD_GETLK"):
            asked = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            found: int = _FLOCK.unpack(fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, asked))[0]
            return found != fcntl.F_UNLCK
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _HELD_BY_OTHERS
    return False


class _Mapping:
    """A page of an open file, not to be read, which keeps the file open in this process alone."""

    def __init__(self, address: int) -> None:
        self._address = address

    def close(self) -> None:
        """Give the page back, and with it the file."""
        import ctypes

        ctypes.CDLL(None).munmap(ctypes.c_void_p(self._address), ctypes.c_size_t(_PAGE))


def _mapped(descriptor: int) -> _Mapping | None:
    """The file as a mapping that a forked child does not get; None where the system does not have that."""
    if not (_CAN_LOCK and hasattr(fcntl, "F_OFD_SETLK")):
        return None
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        libc = ctypes.CDLL(None)
        libc.mmap.restype = ctypes.c_void_p
        size = ctypes.c_size_t(_PAGE)
        address = libc.mmap(None, size, _PROT_NONE, _MAP_PRIVATE, descriptor, ctypes.c_long(0))
        if address in (None, ctypes.c_void_p(-1).value):
            return None
        if libc.madvise(ctypes.c_void_p(address), size, _MADV_DONTFORK) == 0:
            return _Mapping(int(address))
        libc.munmap(ctypes.c_void_p(address), size)
    return None
