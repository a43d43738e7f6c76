"""A process that is forked for a user's file: what it prints is kept, what comes of it is read through a pipe.

It does further files where what it has done so far has left nothing in it (`frontend.contained`).
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from runnable.driver.isolated.child import be_child
from runnable.driver.isolated.messages import LENGTH, ORDER, Work, is_whole, write
from runnable.driver.isolated.packages import Preloaded

_orders: set[int] = set()
"""By which this process gives others their orders."""


class ProcessEnded(Exception):
    """The process ended before its work was done; the text says how."""


class Ended(NamedTuple):
    """What there is of a work that has ended: what it printed, what its process said of it, and how that ended."""

    printed: bytes
    said: dict[str, Any] | None
    """``{"result": ..., "packages": [the modules of packages that it has imported], "differs": whether it may have
    become another one by the packages that were there before, "stays": whether its process goes on}``"""
    status: int

    def show(self) -> None:
        """Print what it has printed."""
        sys.stderr.flush()
        write(2, self.printed)

    def result(self) -> Any:
        """What the work has returned. Raises ProcessEnded."""
        if self.said is None:
            raise ProcessEnded(_how(self.status))
        return self.said["result"]


class Process:
    """A process and the work that it does now, `index` of `works`."""

    def __init__(self, works: Sequence[Work], index: int, preloaded: Preloaded | None) -> None:
        self.index = index
        self.ended: Ended | None = None
        self.lives = True
        self._answer = b""
        self._printed, self._shown = _nameless_file(), 0
        self.reader, answers = os.pipe()
        orders, self._orders = os.pipe()
        self._number = os.fork()
        if self._number == 0:
            for descriptor in (
                self.reader,
                self._orders,
                *_orders,
            ):  # so that each sees when there is nobody to give it any
                os.close(descriptor)
            be_child(works, index, preloaded, orders, answers, self._printed)
        _orders.add(self._orders)
        os.close(answers)
        os.close(orders)

    def give(self, index: int) -> None:
        """Have it do another work, as the one before has `ended` and it `lives`."""
        self.index, self.ended, self._answer = index, None, b""
        with suppress(BrokenPipeError):  # it has been killed, which is seen when it is read from
            os.write(self._orders, ORDER.pack(index))

    def take(self) -> None:
        """Take a piece of what it says, or its end."""
        piece = os.read(self.reader, 1 << 16)
        self._answer += piece
        if piece and not is_whole(self._answer):
            return
        said = self._said()
        if said is None or not said["stays"]:
            self._end(said, os.waitpid(self._number, 0)[1])
        else:
            self.ended = Ended(self._read_printed(), said, 0)

    def look(self) -> None:
        """See whether it has ended, though its children still hold the pipe."""
        ended, status = os.waitpid(self._number, os.WNOHANG)
        if ended:
            while select.select([self.reader], [], [], 0)[0] and (piece := os.read(self.reader, 1 << 16)):
                self._answer += piece
            self._end(self._said(), status)

    def _said(self) -> dict[str, Any] | None:
        return json.loads(self._answer[LENGTH.size :]) if is_whole(self._answer) else None

    def _end(self, said: dict[str, Any] | None, status: int) -> None:
        self.ended = Ended(self._read_printed(), said, status)
        self._close()

    def _read_printed(self) -> bytes:
        printed = b""
        while piece := os.pread(self._printed, 1 << 20, self._shown + len(printed)):
            printed += piece
        self._shown += len(printed)
        return printed

    def _close(self) -> None:
        self.lives = False
        _orders.discard(self._orders)
        for descriptor in (self.reader, self._orders, self._printed):
            os.close(descriptor)

    def dismiss(self) -> None:
        """End it: it waits for another work, or nobody waits for its result any more; then show what it has printed."""
        if not self.lives:
            return
        with suppress(OSError):
            os.kill(self._number, signal.SIGKILL)
            os.waitpid(self._number, 0)
        Ended(b"" if self.ended else self._read_printed(), None, 0).show()
        self._close()


def _nameless_file() -> int:
    memory = getattr(os, "memfd_create", None)  # which only Linux has
    if memory:
        return int(memory("printed"))
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"it ends its process with the exit code {code}"
    with suppress(ValueError):
        return f"it ends its process by {signal.Signals(-code).name}"
    return f"it ends its process by the signal {-code}"
