"""Work with a user's file in a process of its own, forked from this one, which never runs a user's code itself.

So whatever the file does to its process, such as modules, working folder, `sys.path`, environment or threads, is gone
with it, and the next file begins as if it were the first; yet nothing of this package is imported twice, and what
several files import of installed packages is imported once for the rest of them. Several such processes work at the
same time; what each prints is kept until it is its turn.
"""

from __future__ import annotations

import gc
import os
import select
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Any

from runnable.driver.one_process import Ended, Left, Process, ProcessEnded
from runnable.driver.packages import Preloaded, Used
from runnable.driver.successor import Successor
from runnable_runtime.deferred import begin_all

__all__ = ["ProcessEnded", "Result", "isolated"]

_LOOK_EVERY = 0.1
"""Seconds after which it is seen that a process has ended whose children still hold the pipe."""
_MOST = 8
"""Processes at the same time, at most: each may import much."""
_AHEAD = 4
"""How many times as many may have ended while an earlier one still works, whose turn comes first."""

Work = Callable[[], Any]
Result = Callable[[], Any]
"""Gives what one of the works has returned. Raises ProcessEnded."""


def isolated(works: Iterable[Work]) -> Iterator[Result]:
    """The results of `works`, in their order; each is done in a process of its own and returns what JSON takes.

    As many work at the same time as there are processors. What one prints is on standard error before its result.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    begin_all()
    gc.freeze()  # so that a child's collections leave the pages alone that it shares with us
    for ended in _all(list(works)):
        ended.show()
        yield ended.result


def _all(works: Sequence[Work]) -> Iterator[Ended]:
    """What is left of the process of each work, in their order."""
    left = deque(works)
    rest: list[Work] = []
    used, successor, done = Used(), None, 0
    try:
        for ended in map(_ended, _each(left)):
            used.add(ended.packages)
            if left and (modules := used.to_preload(len(left))):
                rest = [*left]
                left.clear()
                successor = Successor(rest, modules, _each)
            yield ended
        for ended in map(_ended, successor.left() if successor else ()):
            yield from map(_ended, _each(deque([rest[done]]))) if ended.may_differ else (ended,)
            done += 1
        yield from map(_ended, _each(deque(rest[done:])))
    finally:
        if successor is not None:
            successor.end()


def _each(left: deque[Work], preloaded: Preloaded | None = None) -> Generator[Left, None, None]:
    """What is left of the process of each work, in their order: those that were there when it was begun."""
    at_once = _processors()
    begun: deque[Process] = deque()
    try:
        while begun or left:
            while left and _working(begun) < at_once and len(begun) < _AHEAD * at_once:
                begun.append(Process(left.popleft(), preloaded))
            if begun[0].done:
                yield begun.popleft().left()
            else:
                _wait([one for one in begun if not one.done])
    finally:  # Ctrl-C
        for process in begun:
            process.kill()


def _ended(left: Left) -> Ended:
    return Ended(*left)


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # which macOS does not have
    return min(_MOST, len(affinity(0)) if affinity else os.cpu_count() or 1)


def _working(begun: Iterable[Process]) -> int:
    return sum(not process.done for process in begun)


def _wait(processes: list[Process]) -> None:
    """Wait until one of them says something, or has ended."""
    by_descriptor = {process.reader: process for process in processes}
    ready = select.select([*by_descriptor], [], [], _LOOK_EVERY)[0]
    for descriptor in ready:
        by_descriptor[descriptor].take()
    if not ready:
        for process in processes:
            process.look()
