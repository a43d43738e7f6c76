"""What the control group of a container has counted: of all its processes together, since it was made."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from runnable_runtime.process.usage import ContainerUsage

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_LONGEST = 1 << 16
_NO_LIMIT = 2**60
"""Version 1 has the largest number of pages there is where there is no limit."""


def container_usage(root: Path = _ROOT, own: Path = _OWN) -> ContainerUsage | None:
    """The usage of the container that this process is in; None where that cannot be read.

    Only for a process that knows that it is in a container, and what else is in it.
    """
    with suppress(OSError, ValueError):
        groups = _groups(_text(str(own)))
        with suppress(OSError, ValueError):
            return _version_2(f"{root}/{groups['']}")
        return _version_1(str(root), groups)
    return None


def _groups(text: str) -> dict[str, str]:
    """The path of the group of each controller, as version 1 has them; under the empty name the one of version 2."""
    found = {"": "none"}
    for line in text.splitlines():
        number, controllers, path = line.split(":", 2)
        found |= dict.fromkeys([""] if number == "0" else controllers.split(","), path.strip("/"))
    return found


def _version_2(group: str) -> ContainerUsage:
    statistics = _statistics(f"{group}/cpu.stat")
    limit = _text(f"{group}/memory.max").strip()
    return ContainerUsage(
        memory=int(_text(f"{group}/memory.peak")),
        memory_limit=None if limit == "max" else int(limit),
        cpu=statistics["usage_usec"] / 1e6,
        throttled=statistics["throttled_usec"] / 1e6 if "throttled_usec" in statistics else None,
    )


def _version_1(root: str, groups: dict[str, str]) -> ContainerUsage | None:
    if "memory" not in groups:
        return None
    below = groups["memory"]
    if not _is_own(f"{root}/memory/{below}"):
        below = ""  # a container has its own groups at the root, and nothing below
        if not _is_own(f"{root}/memory"):
            return None
    limit = int(_text(f"{root}/memory/{below}/memory.limit_in_bytes"))
    cpu, throttled = None, None
    with suppress(KeyError, OSError, ValueError):
        cpu = int(_text(f"{root}/cpuacct/{below and groups['cpuacct']}/cpuacct.usage")) / 1e9
        throttled = _statistics(f"{root}/cpu/{below and groups['cpu']}/cpu.stat").get("throttled_time", 0) / 1e9
    return ContainerUsage(
        memory=int(_text(f"{root}/memory/{below}/memory.max_usage_in_bytes")),
        memory_limit=limit if limit < _NO_LIMIT else None,
        cpu=cpu,
        throttled=throttled,
    )


def _is_own(group: str) -> bool:
    """Whether this process is in a group: one that lacks it is somebody else's, as the machine's own is."""
    with suppress(OSError):
        return str(os.getpid()) in _text(f"{group}/cgroup.procs").split()
    return False


def _statistics(file: str) -> dict[str, int]:
    entries = (line.split(" ", 1) for line in _text(file).splitlines())
    return {name: int(value) for name, value in entries}


def _text(file: str) -> str:
    """What is in a small file of the kernel, in a tenth of the time that `Path.read_text` takes. Raises OSError."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, _LONGEST).decode()
    finally:
        os.close(descriptor)
