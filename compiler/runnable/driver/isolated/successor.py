"""A process that does the rest of several works, in processes of its own, with the packages that they import.

It is a fork of the one that began, which shows and returns what it says. Should it end before, or not be fit to be
forked of when it has imported the packages, that one does the rest itself.
"""

from __future__ import annotations

import atexit
import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from time import monotonic, sleep
from typing import NoReturn

from runnable.driver.isolated.messages import LENGTH, Work, write
from runnable.driver.isolated.packages import Preloaded
from runnable.driver.isolated.process import Ended

Each = Callable[[Sequence[Work], Preloaded], Generator[Ended, None, None]]
"""Does works in processes that are forked of this one, and gives what has come of each."""
_GRACE = 1.0
"""Seconds that it has to end its own processes."""


class Successor:
    """That process, from its beginning."""

    def __init__(self, works: Sequence[Work], modules: Sequence[str], each: Each) -> None:
        self._count = len(works)
        read, writer = os.pipe()
        self._number = os.fork()
        if self._number == 0:
            os.close(read)
            _succeed(works, modules, each, writer)
        os.close(writer)
        self._stream = os.fdopen(read, "rb")

    def each(self) -> Iterator[Ended]:
        """What has come of the first works, in their order; of all, if nothing has gone wrong."""
        import pickle

        for _ in range(self._count):
            head = self._stream.read(LENGTH.size)
            if len(head) < LENGTH.size:
                return
            (length,) = LENGTH.unpack(head)
            data = self._stream.read(length)
            if len(data) < length:
                return
            yield Ended(*pickle.loads(data))  # noqa: S301 - our own process has written it

    def end(self) -> None:
        """Have it end, with its processes."""
        self._stream.close()
        with suppress(OSError):
            os.kill(self._number, signal.SIGTERM)
            deadline = monotonic() + _GRACE
            while os.waitpid(self._number, os.WNOHANG)[0] == 0:
                if monotonic() > deadline:
                    os.kill(self._number, signal.SIGKILL)
                sleep(0.005)


def _succeed(works: Sequence[Work], modules: Sequence[str], each: Each, writer: int) -> NoReturn:
    import pickle

    with suppress(BaseException):  # the first one does the rest, and says what is wrong
        atexit._clear()  # what the first one is to do at its end
        signal.signal(signal.SIGTERM, _interrupted)
        preloaded = Preloaded(modules, writer)
        if preloaded.fits:
            with closing(each(works, preloaded)) as ended:
                for one in ended:
                    data = pickle.dumps(tuple(one))
                    write(writer, LENGTH.pack(len(data)) + data)
    os._exit(0)


def _interrupted(number: int, frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt
