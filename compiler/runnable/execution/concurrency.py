"""The settings of running several tasks at once, which all executors on this machine have."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ConcurrencySettings:
    """`enable_parallel` runs what does not depend on each other at the same time, at most `max_workers` tasks at once.

    Without `max_workers` it is as many as `workers` says.
    """

    enable_parallel: bool = False
    max_workers: int | None = None

    def __post_init__(self) -> None:
        if self.max_workers is not None and self.max_workers < 1:
            raise ValueError("max_workers is at least 1")

    @property
    def workers(self) -> int:
        """Tasks at once: `max_workers`, else one a processor and at least 4, since many tasks mostly wait."""
        return self.max_workers or max(4, os.cpu_count() or 1)
