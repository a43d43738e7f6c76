"""Parts of records as files: a step's grows by a line with each of its states, any other is replaced as a whole.

Where thousands of files were replaced, the file system would look through as many that were removed a moment ago for
each new one (ext4 does, for five seconds). A line is one call, so that what ends the process leaves it whole, or torn.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from runnable.runs.stores.folders import sync_file
from runnable.runs.stores.opening import open_descriptor
from runnable.runs.stores.syncing import Syncing

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_AT_ONCE = 8
"""How many files the disk is waited for at the same time: it takes a tenth of one after another."""
_MOST_LINES = 8
"""How many lines a file has at most: each has all attempts of its step, and there may be hundreds."""
_MOST_OPEN = 64
"""How many wait for it at most: a process may have few files open."""


def replace_part(place: str, content: bytes, check: Callable[[], None], *, durable: bool) -> None:
    """Write the file at `place` anew: whoever reads it has the old or the new one.

    Raises OSError, and what `check` raises, which keeps the old one.
    """
    temporary = f"{place}.{os.getpid()}.tmp"
    descriptor = open_descriptor(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    try:
        _write(descriptor, content)
        if durable:
            sync_file(descriptor)
    finally:
        os.close(descriptor)
    try:
        check()
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108
        raise
    os.replace(temporary, place)  # noqa: PTH105 - a Path for each would cost more than the call


class GrowingParts:
    """Files that one session adds lines to, a few; now and then, and where there was something else, one is replaced.

    What is added by `add_later` a thread makes durable, all that waits at the same time. `check` is called before each
    line; what it raises is raised. All methods raise OSError. One thread uses it.
    """

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._lines: dict[str, int] = {}
        self._waiting: deque[int] = deque()
        self._syncing = Syncing(self._sync_waiting)
        self._pool: ThreadPoolExecutor | None = None

    def add(self, place: str, line: bytes, *, durable: bool) -> None:
        """Add a line to the file at `place`."""
        descriptor = self._added(place, line, durable=durable)
        if descriptor is None:
            return
        try:
            if durable:
                sync_file(descriptor)
        finally:
            os.close(descriptor)

    def add_later(self, place: str, line: bytes) -> int:
        """The same; the number by which `durable` knows it."""
        if len(self._waiting) >= _MOST_OPEN:
            self._syncing.done(wait=True)
        if (descriptor := self._added(place, line, durable=True)) is not None:
            self._waiting.append(descriptor)
        return self._syncing.ask()

    def durable(self, *, wait: bool) -> int:
        """See `Syncing.done`."""
        return self._syncing.done(wait=wait)

    def close(self) -> None:
        """See `Syncing.close`."""
        self._syncing.close()
        if self._pool is not None:
            self._pool.shutdown()

    def _added(self, place: str, line: bytes, *, durable: bool) -> int | None:
        """The file, open, with the line; None if it has been replaced by that, and made durable if it is to be."""
        count = self._lines.get(place, 0)
        self._lines[place] = count % _MOST_LINES + 1
        descriptor = None
        if count < _MOST_LINES:
            with suppress(FileExistsError):  # of an earlier session, or a pod
                descriptor = open_descriptor(place, _APPEND if count else _NEW)
        if descriptor is None:
            replace_part(place, line, self._check, durable=durable)
            return None
        try:
            self._check()
            _write(descriptor, line)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _sync_waiting(self) -> None:
        taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            if len(taken) == 1:
                sync_file(taken[0])
            elif taken:
                for _ in self._threads().map(sync_file, taken):
                    pass
        finally:
            for descriptor in taken:
                os.close(descriptor)

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(_AT_ONCE)
        return self._pool


_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY
_APPEND = os.O_APPEND | os.O_WRONLY


def _write(descriptor: int, content: bytes) -> None:
    """Write all of it, or, where the disk refuses that, nothing. Raises OSError."""
    written = os.write(descriptor, content)
    if written == len(content):
        return
    try:
        while written < len(content):  # only a full disk or an enormous line comes here
            written += os.write(descriptor, content[written:])
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
        raise
