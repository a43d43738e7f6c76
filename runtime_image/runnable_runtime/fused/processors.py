"""How many processors a container may use."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def processors(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """How many processors this container may use, at least one."""
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for files in ("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"):  # of either version of cgroups
        with suppress(OSError, ValueError):
            texts = [(groups / file).read_text(encoding="ascii") for file in files]
            quota, period = map(int, " ".join(texts).split())
            return max(1, min(known, -(-quota // period))) if quota > 0 else known
    return known
