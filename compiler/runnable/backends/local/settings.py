"""The configuration of `pipeline-executor: {type: local}`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class LocalSettings:
    """Settings of the local backend.

    `enable_parallel` runs what does not depend on each other at the same time, at most `max_workers` tasks at once
    (None: see `workers`). `object_serialisation` and `overrides` are accepted from configurations that other backends
    share; nothing of what they can say concerns a laptop.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    enable_parallel: bool = False
    object_serialisation: bool = True
    max_workers: int | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.max_workers is not None and self.max_workers < 1:
            raise ValueError("max_workers is at least 1")

    @property
    def workers(self) -> int:
        """Tasks at once: `max_workers`, else one a processor and at least 4, since many tasks mostly wait."""
        return self.max_workers or max(4, os.cpu_count() or 1)
