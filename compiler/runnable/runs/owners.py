"""The process that something belongs to, such as a container or the record of a run, and whether it still runs."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

_LONGEST = 120
"""Characters of a command that are shown, at most."""


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


def described(owner: str) -> str:
    """`owner` for people: its process id, and where that is; of this machine, its command and since when it runs."""
    machine, _, rest = owner.partition(":")
    pid, _, started = rest.partition(":")
    if not pid.isdigit():
        return "another process"
    if machine != _machine():
        return f"process {pid} on {machine.partition('/')[0]}"
    if started != _started(int(pid)):
        return f"process {pid}, which has ended"
    return process_described(int(pid))


def process_described(pid: int) -> str:
    """A process of this machine for people: its id, its command, since when it runs, and whether it is stopped."""
    command = state = since = ""
    with suppress(OSError, IndexError, ValueError, StopIteration):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0].decode()
        boot = next(int(line.split()[1]) for line in Path("/proc/stat").read_text().splitlines() if "btime" in line)
        seconds = boot + int(_started(pid)) / os.sysconf("SC_CLK_TCK")
        since = datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "seconds")
    parts = [f"process {pid}", f"({command[:_LONGEST]})" if command else "", f"since {since}" if since else ""]
    return " ".join(part for part in (*parts, "(stopped)" if state == "T" else "") if part)


def _machine() -> str:
    """This machine since it was started, and the part of it in which process ids mean the same."""
    parts = [os.uname().nodename]
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
