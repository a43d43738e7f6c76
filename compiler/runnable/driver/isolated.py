"""Work with a user's file in a process of its own, forked from this one, which never runs a user's code itself.

So whatever the file does to its process, such as modules, working folder, `sys.path`, environment or threads, is gone
with it, and the next file begins as if it were the first; yet nothing of this package is imported twice. Several such
processes work at the same time; what each prints is kept until it is its turn.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, NoReturn

from runnable.diagnostics import colour
from runnable.driver.garbage import seldom_collected
from runnable_runtime.deferred import begin_all

_LENGTH = struct.Struct("!Q")
_LOOK_EVERY = 0.1
"""Seconds after which it is seen that a process has ended whose children still hold the pipe."""
_MOST = 8
"""Processes at the same time, at most: each may import much."""
_AHEAD = 4
"""How many times as many may have ended while an earlier one still works, whose turn comes first."""


class ProcessEnded(Exception):
    """The process ended before its work was done; the text says how."""


Result = Callable[[], Any]
"""Gives what one of the works has returned. Raises ProcessEnded."""


def isolated(works: Iterable[Callable[[], Any]]) -> Iterator[Result]:
    """The results of `works`, in their order; each is done in a process of its own and returns what JSON takes.

    As many work at the same time as there are processors. What one prints is on standard error before its result.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    begin_all()
    gc.freeze()  # so that a child's collections leave the pages alone that it shares with us
    at_once = _processors()
    begun: deque[_Process] = deque()
    left = iter(works)
    work = next(left, None)
    try:
        while begun or work is not None:
            while work is not None and _working(begun) < at_once and len(begun) < _AHEAD * at_once:
                begun.append(_Process(work))
                work = next(left, None)
            if begun[0].done:
                process = begun.popleft()
                process.show()
                yield process.result
            else:
                _wait([one for one in begun if not one.done])
    finally:  # Ctrl-C
        for process in begun:
            process.kill()


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # which macOS does not have
    return min(_MOST, len(affinity(0)) if affinity else os.cpu_count() or 1)


def _working(begun: Iterable[_Process]) -> int:
    return sum(not process.done for process in begun)


def _wait(processes: list[_Process]) -> None:
    """Wait until one of them says something, or has ended."""
    by_descriptor = {process.reader: process for process in processes}
    ready = select.select([*by_descriptor], [], [], _LOOK_EVERY)[0]
    for descriptor in ready:
        by_descriptor[descriptor].take()
    if not ready:
        for process in processes:
            process.look()


class _Process:
    """One process and its work, from its beginning; it is `done` when it has ended, or will when it has cleaned up."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.done = False
        self._answer = b""
        self._status: int | None = None
        self._printed = _nameless_file()
        self.reader, writer = os.pipe()
        self._number = os.fork()
        if self._number == 0:
            os.close(self.reader)
            _child(work, writer, self._printed)
        os.close(writer)

    def take(self) -> None:
        """Take a piece of the answer, of which there is one, or the end."""
        piece = os.read(self.reader, 1 << 16)
        self._answer += piece
        if not piece or _is_whole(self._answer):
            self._end()

    def look(self) -> None:
        """See whether it has ended, though its children still hold the pipe."""
        ended, status = os.waitpid(self._number, os.WNOHANG)
        if ended:
            while select.select([self.reader], [], [], 0)[0] and (piece := os.read(self.reader, 1 << 16)):
                self._answer += piece
            self._end(status)

    def _end(self, status: int | None = None) -> None:
        self._status = os.waitpid(self._number, 0)[1] if status is None else status
        os.close(self.reader)
        self.done = True

    def show(self) -> None:
        """Print what it has printed."""
        sys.stderr.flush()
        os.lseek(self._printed, 0, os.SEEK_SET)
        while piece := os.read(self._printed, 1 << 16):
            _write(2, piece)
        os.close(self._printed)

    def result(self) -> Any:
        """What its work has returned. Raises ProcessEnded."""
        if not _is_whole(self._answer):
            assert self._status is not None
            raise ProcessEnded(_how(self._status))
        return json.loads(self._answer[_LENGTH.size :])

    def kill(self) -> None:
        """End it, for nobody waits for its result."""
        if not self.done:
            with suppress(OSError):
                os.kill(self._number, signal.SIGKILL)
                os.waitpid(self._number, 0)
            os.close(self.reader)
        self.show()


def _nameless_file() -> int:
    memory = getattr(os, "memfd_create", None)  # which only Linux has
    if memory:
        return int(memory("printed"))
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _child(work: Callable[[], Any], writer: int, printed: int) -> NoReturn:
    code = 1
    try:
        atexit._clear()  # what this package's process is to do at its end
        colour.decide(sys.stderr)
        os.dup2(printed, 2)
        os.dup2(2, 1)
        with seldom_collected():
            answer = json.dumps(work()).encode()
        _write(writer, _LENGTH.pack(len(answer)) + answer)
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


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _is_whole(answer: bytes) -> bool:
    return len(answer) >= _LENGTH.size and len(answer) == _LENGTH.size + _LENGTH.unpack(answer[: _LENGTH.size])[0]


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"it ends its process with the exit code {code}"
    with suppress(ValueError):
        return f"it ends its process by {signal.Signals(-code).name}"
    return f"it ends its process by the signal {-code}"
