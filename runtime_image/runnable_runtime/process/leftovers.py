"""What is left of a run: the processes that belong to it, found on this machine, and ended.

What belongs to a run descends from the keeper of its workers, or was started with the run's mark in its environment:
three tokens, of the process that runs it, of the place of its record, and of the session (`mark_of`). Without /proc, as
on macOS, nothing is found.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable

from runnable_runtime.digests import sha256_hex

MARK = "RUNNABLE_SESSION_MARK"
"""The variable by which all processes of a run are known; each session's is another one."""
GRACE = 5.0
"""Seconds from asking what is left of a run to end until it is killed."""
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NAME = 15
_LOOK_EVERY = 0.1


def place_token(place: str) -> str:
    """The token of the place of a run's record."""
    return sha256_hex(place)[:11]


def mark_of(process: str, place: str) -> str:
    """A new mark for a session of the run whose record is at `place`, in the process with the token `process`."""
    return f"{process}-{place_token(place) if place else ''}-{os.urandom(8).hex()}"


def end_all(belongs: Callable[[str], bool], grace: float = GRACE, spared: Iterable[int] = ()) -> list[int]:
    """End all processes whose mark `belongs`, and all that descend from this one; which they were.

    They are asked by SIGTERM, and killed after `grace` seconds.
    """
    found = left = _left(belongs, spared)
    deadline = time.monotonic() + grace
    _signal(left, signal.SIGTERM)
    pause = 0.001  # most end at once: workers that wait for a task
    while left and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(2 * pause, 0.02)
        _take_in()
        left = _left(belongs, spared)
    while left:
        _signal(left, signal.SIGKILL)
        time.sleep(0.01)
        _take_in()
        left = _left(belongs, spared)
    return found


def of_place(place: str) -> list[int]:
    """The processes of runs whose record is at `place`, by their marks, and those of their keepers. Linux only.

    Those that descend from this process are its own affair, such as a pool that a library has started in it.
    """
    token = place_token(place)
    found = set(_marked(lambda mark: mark.split("-")[1:2] == [token]))
    for name in _numbers():
        with contextlib.suppress(OSError):
            if _name_of(name) == _keeper_name(token) and not _is_zombie(name):
                found |= descendants(int(name))
    return sorted(found - {os.getpid()} - descendants(os.getpid())) if found else []


def watch(process: str, parent: int) -> None:
    """Wait for the end of the `parent`, and end what is left of the runs of the process with the token `process`."""
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    end_all(of_process(process))


def of_process(process: str) -> Callable[[str], bool]:
    """Whether a mark is of a run of the process with this token."""
    return lambda mark: mark.startswith(f"{process}-")


def call_keeper(mark: str) -> None:
    """Have this process found by `of_place` as the keeper of the session with `mark`."""
    if token := mark.split("-")[1]:
        call(_keeper_name(token))


def own_name() -> str:
    """What the system calls this process; empty where it does not say."""
    try:
        return _name_of("self")
    except OSError:
        return ""


def call(name: str) -> None:
    """Have the system call this process `name`, where it can."""
    if name:
        _prctl(_PR_SET_NAME, name.encode())


def adopt_orphans() -> None:
    """What descends from this process, and whose parent ends, is this one's child then: Linux does it on request."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def descendants(of: int) -> set[int]:
    """The processes that descend from one, as far as the system says."""
    children: dict[int, list[int]] = {}
    for name in _numbers():
        with contextlib.suppress(OSError, IndexError):
            state, parent = _stat(name)[:2]
            if state != b"Z":
                children.setdefault(int(parent), []).append(int(name))
    found: set[int] = set()
    ahead = [of]
    while ahead:
        new = children.get(ahead.pop(), [])
        found.update(new)
        ahead += new
    return found


def _marked(belongs: Callable[[str], bool]) -> list[int]:
    found = []
    needle = f"{MARK}=".encode()
    for name in _numbers():
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/environ", "rb") as file:  # noqa: PTH123 - there may be thousands
                data = file.read()
            start = 0 if data.startswith(needle) else data.find(b"\0" + needle) + 1
            if start == 0 and not data.startswith(needle):
                continue
            mark = data[start + len(needle) :].partition(b"\0")[0].decode("ascii", "replace")
            if belongs(mark) and not _is_zombie(name):
                found.append(int(name))
    return found


def _left(belongs: Callable[[str], bool], spared: Iterable[int]) -> list[int]:
    me = os.getpid()
    return sorted((set(_marked(belongs)) | descendants(me)) - {me, *spared})


def _keeper_name(token: str) -> str:
    return f"rnb-{token}"  # 15 characters, which is all that the system keeps


def _numbers() -> list[str]:
    try:
        return [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    except OSError:
        return []


def _stat(pid: str) -> list[bytes]:
    with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
        return file.read().rpartition(b")")[2].split()


def _name_of(pid: str) -> str:
    with open(f"/proc/{pid}/comm") as file:  # noqa: PTH123
        return file.read().strip()


def _is_zombie(pid: str) -> bool:
    return _stat(pid)[0] == b"Z"


def _signal(processes: Iterable[int], number: int) -> None:
    for pid in processes:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def _take_in() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _prctl(*arguments: int | bytes) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(*arguments, *(0,) * (5 - len(arguments)))
