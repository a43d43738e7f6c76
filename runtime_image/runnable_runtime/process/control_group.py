"""What the control group of a container (cgroup v2) has counted: of all its processes together, since it was made."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from runnable_runtime.process.usage import ContainerUsage

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


def container_usage(root: Path = _ROOT, own: Path = _OWN) -> ContainerUsage | None:
    """The usage of the container that this process is in; None where that cannot be read, as with cgroup v1.

    Only for a process that knows that it is in a container, and what else is in it.
    """
    with suppress(OSError, ValueError):
        line = next((line for line in own.read_text().splitlines() if line.startswith("0::")), "none::")
        group = root / line.removeprefix("0::").strip("/")
        statistics = dict(entry.split(" ", 1) for entry in (group / "cpu.stat").read_text().splitlines())
        limit = (group / "memory.max").read_text().strip()
        return ContainerUsage(
            memory=int((group / "memory.peak").read_text()),
            memory_limit=None if limit == "max" else int(limit),
            cpu=int(statistics["usage_usec"]) / 1e6,
            throttled=int(statistics["throttled_usec"]) / 1e6 if "throttled_usec" in statistics else None,
        )
    return None
