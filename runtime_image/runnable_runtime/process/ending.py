"""The end of a process that was forked: what Python does then that the user's code can see, and not taking all apart.

To take everything apart copies each page that the process shares with the one that it was forked of.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import stat
import sys
import threading
from contextlib import suppress
from typing import NoReturn


def leave(code: int, before: set[tuple[int, int, int]]) -> int:
    """End this process with `code`; `before` its work these files were open.

    Returns where Python is to take all apart, since what is in a file may not be written yet.
    """
    end_work()
    if may_be_unwritten(before):
        return code
    os._exit(code)


def exit_here() -> NoReturn:
    """End this process as Python does at its end, with 0, and with none of the calls that it is in."""
    import ctypes

    ctypes.pythonapi.Py_Exit(0)
    os._exit(0)  # it has not come back


def end_work() -> None:
    """Wait for threads, call what is registered with `atexit`, and write out what was printed."""
    getattr(threading, "_shutdown")()  # noqa: B009 - and calls what threads have registered
    getattr(atexit, "_run_exitfuncs")()  # noqa: B009
    flush()


def flush() -> None:
    """Have all that Python and C hold back of what was printed where it goes."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    with suppress(Exception):
        import ctypes

        ctypes.pythonapi.fflush(None)


def open_files() -> set[tuple[int, int, int]]:
    """The descriptors that are open, and what they lead to; nothing where the system does not say."""
    found: set[tuple[int, int, int]] = set()
    try:
        names = os.listdir("/dev/fd")  # noqa: PTH208 - with every task
    except OSError:
        return found
    for number in map(int, names):
        try:
            status = os.fstat(number)
        except OSError:  # that of the list itself
            continue
        found.add((number, status.st_dev, status.st_ino))
    return found


def may_be_unwritten(before: set[tuple[int, int, int]], now: set[tuple[int, int, int]] | None = None) -> bool:
    """Whether a file is open that the task has opened, or that was open to be written `before` it.

    Standard output and error are written. `now`: what `open_files` has just said.
    """
    found = open_files() if now is None else now
    return any(one[0] > 2 and (one not in before or _is_written(one[0])) for one in found)


def _is_written(descriptor: int) -> bool:
    with suppress(OSError):
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        return flags & os.O_ACCMODE != os.O_RDONLY and stat.S_ISREG(os.fstat(descriptor).st_mode)
    return False
