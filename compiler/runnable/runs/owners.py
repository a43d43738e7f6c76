"""The process that something belongs to, such as a container or the record of a run, and whether it still runs."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def this_process() -> str:
    """A text that identifies this process: the machine, the process's id, and when it started."""
    pid = os.getpid()
    return f"{_machine()}:{pid}:{_started(pid)}"


def is_dead(owner: str) -> bool:
    """Whether `owner` is a process of this machine, as `this_process` gave it, that has ended.

    False where that cannot be known: a process of another machine, or of another container, with the same engine.
    """
    machine, _, rest = owner.partition(":")
    pid, _, started = rest.partition(":")
    if machine != _machine() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # it lives, and is another user's
    return started != _started(int(pid))


def _machine() -> str:
    """This machine since it was started, and the part of it in which process ids mean the same."""
    parts = [socket.gethostname()]
    for read in (_boot, _namespace):
        try:
            parts.append(read())
        except OSError:  # not Linux
            parts.append("")
    return "/".join(parts)


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]


def _namespace() -> str:
    return Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")


def _started(pid: int) -> str:
    """When the process started, in clock ticks since the machine did; empty where the system does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return ""
