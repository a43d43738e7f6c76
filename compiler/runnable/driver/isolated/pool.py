"""Work with a user's file in a process of its own, forked from this one, which never runs a user's code itself.

So whatever the file does to its process, such as modules, working folder, `sys.path`, environment or threads, is gone
with it, and the next file begins as if it were the first; yet nothing of this package is imported twice. Where a file
does nothing of that kind, as its text shows, its process does another one; and what several import of installed
packages is imported once for the rest. Several such processes work at the same time; what each prints is kept until it
is its turn.
"""

from __future__ import annotations

import gc
import os
import select
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Any

from runnable.diagnostics.terminal import say
from runnable.driver.isolated.messages import Work
from runnable.driver.isolated.packages import Preloaded, Used
from runnable.driver.isolated.process import Ended, Process
from runnable.driver.isolated.successor import Successor
from runnable_runtime.deferred import begin_all

_LOOK_EVERY = 0.1
"""Seconds after which it is seen that a process has ended whose children still hold the pipe."""
_MOST = 8
"""Processes at the same time, at most: each may import much."""
_AHEAD = 4
"""How many times as many may have ended while an earlier one still works, whose turn comes first."""

Result = Callable[[], Any]
"""Gives what one of the works has returned. Raises ProcessEnded."""


def isolated(works: Iterable[Work]) -> Iterator[Result]:
    """The results of `works`, in their order; each is done in a process that is as if it were the first.

    As many work at the same time as there are processors. What one prints is on standard error before its result; where
    several print the same, once, and at the end how many more there were.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    begin_all()
    gc.freeze()  # so that a child's collections leave the pages alone that it shares with us
    printed: Counter[bytes] = Counter()
    for ended in _all(list(works)):
        printed[ended.printed] += 1
        if printed[ended.printed] == 1:
            ended.show()
        yield ended.result
    del printed[b""]
    if more := printed.total() - len(printed):
        say(f"the same is said of {more} more {'file' if more == 1 else 'files'}\n", file=sys.stderr)


def _all(works: Sequence[Work]) -> Iterator[Ended]:
    """What has come of each work, in their order."""

    def each(some: Sequence[Work], preloaded: Preloaded | None = None) -> Generator[Ended, None, None]:
        return _Pool(some, preloaded).each()

    used, successor, done = Used(), None, 0
    pool = _Pool(works)
    rest: Sequence[Work] = ()
    try:
        for ended in pool.each():
            used.add(ended.said)
            if successor is None and (modules := used.to_preload(pool.left)):
                rest = pool.give_up()
                successor = Successor(rest, modules, each)
            yield ended
        for ended in successor.each() if successor else ():
            yield from each([rest[done]]) if ended.said and ended.said["differs"] else (ended,)
            done += 1
        yield from each(rest[done:])
    finally:
        if successor is not None:
            successor.end()


class _Pool:
    """The processes for some works, those that were there when they were begun."""

    def __init__(self, works: Sequence[Work], preloaded: Preloaded | None = None) -> None:
        self._works = works
        self._preloaded = preloaded
        self._at_once = _processors()
        self._begun = 0
        self._end = len(works)
        self._processes: list[Process] = []
        self._ended: dict[int, Ended] = {}

    @property
    def left(self) -> int:
        """How many works have not been begun."""
        return self._end - self._begun

    def give_up(self) -> Sequence[Work]:
        """The works that have not been begun, which somebody else does."""
        self._end = self._begun
        return self._works[self._begun :]

    def each(self) -> Generator[Ended, None, None]:
        """What has come of each work, in their order."""
        turn = 0
        try:
            while turn < self._end:
                self._begin(turn)
                if turn in self._ended:
                    yield self._ended.pop(turn)
                    turn += 1
                else:
                    self._wait()
        finally:  # Ctrl-C, too
            for process in self._processes:
                process.dismiss()

    def _begin(self, turn: int) -> None:
        while self.left and self._begun < turn + _AHEAD * self._at_once:
            if idle := [one for one in self._processes if one.ended]:
                idle[0].give(self._begun)
            elif len(self._processes) < self._at_once:
                self._processes.append(Process(self._works, self._begun, self._preloaded))
            else:
                return
            self._begun += 1

    def _wait(self) -> None:
        """Wait until a process says something, or has ended."""
        working = {process.reader: process for process in self._processes if not process.ended}
        ready = select.select([*working], [], [], _LOOK_EVERY)[0]
        for process in [working[one] for one in ready] or working.values():
            process.take() if ready else process.look()
            if process.ended:
                self._ended[process.index] = process.ended
        self._processes = [process for process in self._processes if process.lives]


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # which macOS does not have
    return min(_MOST, len(affinity(0)) if affinity else os.cpu_count() or 1)
