"""The log of an attempt as a file with a limit: of more output than that, the beginning and the end are kept."""

from __future__ import annotations

import os
from pathlib import Path

from runnable_runtime.deferred import pattern
from runnable_runtime.process.held import HeldFile

LIMIT_VARIABLE = "RUNNABLE_LOG_LIMIT"
DEFAULT_LIMIT = 32 * 1024 * 1024
"""The longest log, in bytes, where the variable does not say otherwise."""
_SMALLEST = 1024
_SIZE = pattern(r"(\d+(?:\.\d+)?)\s*(?:(Ki|Mi|Gi)B?|B)?")
_UNITS = {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3}


def log_limit(text: str | None = None) -> int:
    """The limit, in bytes, that `text` says, by default RUNNABLE_LOG_LIMIT: ``500000``, ``64 MiB``, ``1Gi``.

    Raises ValueError for anything else, and for less than 1 KiB.
    """
    text = os.environ.get(LIMIT_VARIABLE, "") if text is None else text
    if not text.strip():
        return DEFAULT_LIMIT
    found = _SIZE.fullmatch(text.strip())
    size = int(float(found[1]) * _UNITS.get(found[2] or "", 1)) if found else 0
    if size < _SMALLEST:
        raise ValueError(f"{text!r} is not a size of at least 1 KiB, such as 500000, 64 MiB or 1 GiB")
    return size


class CappedLog:
    """A file that output is added to. It has the first half of `limit` bytes and the last, with a line between them.

    While it is written it may have half as much again: its end is moved up whenever that is reached, so that each byte
    is written twice at most, and what a killed process leaves has the end too. Everything is in whole lines where lines
    are not very long.
    """

    def __init__(self, path: Path, limit: int, mode: int = 0o644) -> None:
        """Make the file, or add to one that is there. Raises OSError."""
        self._file = HeldFile(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, mode)
        self._limit = limit
        self._size = os.fstat(self._file.descriptor()).st_size
        self._head: int | None = None
        self._left_out = 0

    def write(self, data: bytes) -> None:
        """Add `data`. Raises OSError."""
        half = self._limit // 2
        for start in range(0, len(data), half):
            self._add(data[start : start + half])
            if self._size > self._limit + half:
                self._move_up()

    def close(self) -> None:
        """End the log. Raises OSError."""
        try:
            if self._size > self._limit + _SMALLEST:
                self._move_up()
        finally:
            self._file.close()

    def _add(self, data: bytes) -> None:
        descriptor = self._file.descriptor()
        while data:
            written = os.write(descriptor, data)
            self._size += written
            data = data[written:]

    def _move_up(self) -> None:
        """Leave out what is between the beginning and the last half of the limit."""
        half, descriptor = self._limit // 2, self._file.descriptor()
        if self._head is None:
            beginning = os.pread(descriptor, half, 0)
            self._head = beginning.rfind(b"\n") + 1 or half
            marked = 0
        else:
            marked = len(_mark(self._left_out))
        end = os.pread(descriptor, half, self._size - half)
        end = end[end.find(b"\n") + 1 :]
        self._left_out += self._size - self._head - marked - len(end)
        os.ftruncate(descriptor, self._head)
        self._size = self._head
        self._add(_mark(self._left_out))
        self._add(end)


def _mark(left_out: int) -> bytes:
    return f"\n[runnable: {left_out:,} bytes are left out here, see {LIMIT_VARIABLE}]\n\n".encode()
