"""A process that is forked for one piece of work: what it prints is kept, what it returns comes through a pipe."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from runnable.diagnostics import colour
from runnable.driver.garbage import seldom_collected
from runnable.driver.packages import Preloaded, loaded_since

LENGTH = struct.Struct("!Q")


class ProcessEnded(Exception):
    """The process ended before its work was done; the text says how."""


class Ended:
    """What is left of a process that has ended: what it printed, its answer as far as that came, and its status."""

    def __init__(self, printed: bytes, answer: bytes, status: int) -> None:
        self.printed = printed
        self._status = status
        self._said = json.loads(answer[LENGTH.size :]) if is_whole(answer) else None

    def show(self) -> None:
        """Print what it has printed."""
        sys.stderr.flush()
        write(2, self.printed)

    def result(self) -> Any:
        """What its work has returned. Raises ProcessEnded."""
        if self._said is None:
            raise ProcessEnded(_how(self._status))
        return self._said["result"]

    @property
    def packages(self) -> list[str]:
        """The modules of packages that its work has imported, in that order."""
        return self._said["packages"] if self._said else []

    @property
    def may_differ(self) -> bool:
        """Whether its work may have become another one by the packages that were there before."""
        return bool(self._said and self._said["differs"])


Left = tuple[bytes, bytes, int]
"""What `Ended` is made of, as it came."""


class Process:
    """A process and its work, from its beginning; it is `done` when it has ended, or will when it has cleaned up."""

    def __init__(self, work: Callable[[], Any], preloaded: Preloaded | None = None) -> None:
        self.done = False
        self._answer = b""
        self._status = 0
        self._printed = _nameless_file()
        self.reader, writer = os.pipe()
        self._number = os.fork()
        if self._number == 0:
            os.close(self.reader)
            _child(work, writer, self._printed, preloaded)
        os.close(writer)

    def take(self) -> None:
        """Take a piece of the answer, of which there is one, or the end."""
        piece = os.read(self.reader, 1 << 16)
        self._answer += piece
        if not piece or is_whole(self._answer):
            self._end(os.waitpid(self._number, 0)[1])

    def look(self) -> None:
        """See whether it has ended, though its children still hold the pipe."""
        ended, status = os.waitpid(self._number, os.WNOHANG)
        if ended:
            while select.select([self.reader], [], [], 0)[0] and (piece := os.read(self.reader, 1 << 16)):
                self._answer += piece
            self._end(status)

    def _end(self, status: int) -> None:
        self._status = status
        os.close(self.reader)
        self.done = True

    def left(self) -> Left:
        """What is left of it, once it is `done`; asked for once."""
        printed = b""
        os.lseek(self._printed, 0, os.SEEK_SET)
        while piece := os.read(self._printed, 1 << 20):
            printed += piece
        os.close(self._printed)
        return printed, self._answer, self._status

    def kill(self) -> None:
        """End it, for nobody waits for its result."""
        if not self.done:
            with suppress(OSError):
                os.kill(self._number, signal.SIGKILL)
                os.waitpid(self._number, 0)
            os.close(self.reader)
        Ended(*self.left()).show()


def write(descriptor: int, data: bytes) -> None:
    """Write all of `data`."""
    while data:
        data = data[os.write(descriptor, data) :]


def is_whole(answer: bytes) -> bool:
    """Whether `answer`, which begins with its length, is all there."""
    return len(answer) >= LENGTH.size and len(answer) == LENGTH.size + LENGTH.unpack(answer[: LENGTH.size])[0]


def _nameless_file() -> int:
    memory = getattr(os, "memfd_create", None)  # which only Linux has
    if memory:
        return int(memory("printed"))
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _child(work: Callable[[], Any], writer: int, printed: int, preloaded: Preloaded | None) -> NoReturn:
    code = 1
    try:
        atexit._clear()  # what this package's process is to do at its end
        colour.decide(sys.stderr)
        os.dup2(printed, 2)
        os.dup2(2, 1)
        before = frozenset(sys.modules)
        if preloaded is not None:
            preloaded.begin()
        with seldom_collected():
            result = work()
            packages = [] if preloaded else loaded_since(before)
            differs = preloaded is not None and preloaded.may_differ()
            answer = json.dumps({"result": result, "packages": packages, "differs": differs}).encode()
        write(writer, LENGTH.pack(len(answer)) + answer)
        code = 0
        atexit._run_exitfuncs()  # what the user's file has registered
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        os._exit(code)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"it ends its process with the exit code {code}"
    with suppress(ValueError):
        return f"it ends its process by {signal.Signals(-code).name}"
    return f"it ends its process by the signal {-code}"
