"""Starting a process that nobody waits for, beside this one: without `subprocess`, which takes 4 ms to load."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress

_RESTORED = [getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ") if hasattr(signal, name)]
"""What Python ignores, and other programs count on."""


def start(command: list[str], *, env: Mapping[str, str], stdin: int = -1, stdout: int = -1, leads: bool) -> int:
    """Start a program, whose path is the first of `command`, and return its process's id. Raises OSError.

    It has the descriptors `stdin` and `stdout`, and no others of this process; -1 is nothing. `leads`: a session of
    its own, so that signals of the terminal do not reach it.
    """
    actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = []
    for target, source in ((0, stdin), (1, stdout), (2, -1)):
        if source < 0:
            actions.append((os.POSIX_SPAWN_OPEN, target, os.devnull, os.O_RDWR, 0))
        else:
            actions.append((os.POSIX_SPAWN_DUP2, source, target))
    actions += [(os.POSIX_SPAWN_CLOSE, descriptor) for descriptor in _inherited()]
    try:
        return os.posix_spawn(command[0], command, env, file_actions=actions, setsid=leads, setsigdef=_RESTORED)
    except (NotImplementedError, AttributeError):  # a system that cannot begin a session so
        return _start_by_fork(command, env, stdin, stdout, leads)


def _inherited() -> list[int]:
    """What a user's code, or whoever has started this process, would have other programs inherit."""
    found = []
    with suppress(OSError):
        for name in os.listdir("/dev/fd"):  # noqa: PTH208 - nothing but names
            with suppress(OSError, ValueError):  # the one of the list itself
                if int(name) > 2 and os.get_inheritable(int(name)):
                    found.append(int(name))
    return found


def _start_by_fork(command: list[str], env: Mapping[str, str], stdin: int, stdout: int, leads: bool) -> int:
    import subprocess

    nothing = subprocess.DEVNULL
    process = subprocess.Popen(
        command,
        env=env,
        stdin=nothing if stdin < 0 else stdin,
        stdout=nothing if stdout < 0 else stdout,
        stderr=nothing,
        start_new_session=leads,
    )
    process.returncode = 0  # nobody waits for it through this object
    return process.pid
