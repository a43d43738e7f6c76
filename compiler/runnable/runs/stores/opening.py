"""Opening files of a store that others may write to: no link is followed, and nothing but a file is read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
"""The flag with which opening a link fails."""
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)
"""So that a named pipe, which nobody writes to, does not hold the reader up."""


def open_file(place: Path) -> BinaryIO:
    """The file at `place`, open for reading. Raises OSError, also for a link, and for what is no file."""
    return os.fdopen(open_descriptor(place, os.O_RDONLY), "rb")


def open_descriptor(place: Path | str, flags: int, mode: int = 0o644) -> int:
    """As `os.open`. Raises OSError, also for a link, for what is no file, and below a run's folder that is a link."""
    try:
        descriptor = os.open(place, flags | NO_LINKS | _NO_WAITING, mode)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            raise OSError(error.errno, "it is a symbolic link, which is not followed", str(place)) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no file", str(place))
    return descriptor


def refuse_link(folder: Path) -> None:
    """Raise OSError if `folder` is a symbolic link."""
    if folder.is_symlink():
        raise OSError(errno.ELOOP, "it is a symbolic link, which is not followed", str(folder))
