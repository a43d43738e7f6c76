"""What the control group of a container has counted: of all its processes together, since it was made."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from runnable_runtime.process.usage import ContainerUsage

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_NO_LIMIT = 2**60
"""Version 1 has the largest number of pages there is where there is no limit."""


def container_usage(root: Path = _ROOT, own: Path = _OWN) -> ContainerUsage | None:
    """The usage of the container that this process is in; None where that cannot be read.

    Only for a process that knows that it is in a container, and what else is in it.
    """
    with suppress(OSError, ValueError):
        groups = _groups(own.read_text())
        with suppress(OSError, ValueError):
            return _version_2(root / groups[""])
        return _version_1(root, groups)
    return None


def _groups(text: str) -> dict[str, str]:
    """The path of the group of each controller, as version 1 has them; under the empty name the one of version 2."""
    lines = [line.split(":", 2) for line in text.splitlines()]
    found = {"": "none"}
    for number, controllers, path in lines:
        names = [""] if number == "0" else controllers.split(",")
        found |= dict.fromkeys(names, path.strip("/"))
    return found


def _version_2(group: Path) -> ContainerUsage:
    statistics = _statistics(group / "cpu.stat")
    limit = (group / "memory.max").read_text().strip()
    return ContainerUsage(
        memory=_number(group / "memory.peak"),
        memory_limit=None if limit == "max" else int(limit),
        cpu=statistics["usage_usec"] / 1e6,
        throttled=statistics["throttled_usec"] / 1e6 if "throttled_usec" in statistics else None,
    )


def _version_1(root: Path, groups: dict[str, str]) -> ContainerUsage | None:
    memory = _own_group(root / "memory", groups.get("memory"))
    if memory is None:
        return None
    cpu, accounts = (_own_group(root / name, groups.get(name)) for name in ("cpu", "cpuacct"))
    limit = _number(memory / "memory.limit_in_bytes")
    return ContainerUsage(
        memory=_number(memory / "memory.max_usage_in_bytes"),
        memory_limit=limit if limit < _NO_LIMIT else None,
        cpu=_number(accounts / "cpuacct.usage") / 1e9 if accounts else None,
        throttled=_statistics(cpu / "cpu.stat").get("throttled_time", 0) / 1e9 if cpu else None,
    )


def _own_group(mounted: Path, path: str | None) -> Path | None:
    """Where a group of this process is: below what is mounted, or that itself, as a container has it; None: neither.

    A group that lacks this process is somebody else's, as the machine's own is.
    """
    for group in () if path is None else (mounted / path, mounted):
        with suppress(OSError):
            if str(os.getpid()) in (group / "cgroup.procs").read_text().split():
                return group
    return None


def _number(file: Path) -> int:
    return int(file.read_text())


def _statistics(file: Path) -> dict[str, int]:
    entries = (line.split(" ", 1) for line in file.read_text().splitlines())
    return {name: int(value) for name, value in entries}
