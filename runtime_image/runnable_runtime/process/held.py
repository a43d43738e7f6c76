"""An open file in a process that also runs the user's code, which can close any descriptor, and open others."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress


class HeldFile:
    """The file at `path`, open with `flags`, at whatever descriptor it has. Making one raises OSError."""

    def __init__(self, path: str | os.PathLike[str], flags: int, mode: int = 0o644) -> None:
        self._path = path
        self._flags = flags & ~(os.O_CREAT | os.O_TRUNC | os.O_EXCL) | os.O_CLOEXEC
        self._descriptor = os.open(path, flags | os.O_CLOEXEC, mode)
        self._identity = _identity(self._descriptor)

    def renamed(self, path: str | os.PathLike[str]) -> None:
        """It has another path now."""
        self._path = path

    def descriptor(self) -> int:
        """The descriptor, which is another one if the former is not this file's any more.

        Raises OSError if it was removed, cannot be opened again, or another file is where it was.
        """
        try:
            found = os.fstat(self._descriptor)
            if (found.st_dev, found.st_ino) == self._identity:
                if found.st_nlink == 0 and stat.S_ISREG(found.st_mode):
                    raise FileNotFoundError(errno.ENOENT, "it was removed while it was written")
                return self._descriptor
        except FileNotFoundError:
            raise
        except OSError:
            pass
        descriptor = os.open(self._path, self._flags)
        if _identity(descriptor) != self._identity:
            os.close(descriptor)
            raise OSError(errno.ESTALE, "it was removed, or replaced by another file")
        self._descriptor = descriptor
        return descriptor

    def close(self) -> None:
        """Close it, if it is open; what else has its descriptor meanwhile is left alone."""
        with suppress(OSError):
            if self._descriptor >= 0 and _identity(self._descriptor) == self._identity:
                os.close(self._descriptor)
        self._descriptor = -1


def _identity(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino
