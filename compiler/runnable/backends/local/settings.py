"""The configuration of `pipeline-executor: {type: local}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from runnable.execution.concurrency import ConcurrencySettings


@dataclass(frozen=True)
class LocalSettings(ConcurrencySettings):
    """Settings of the local backend.

    `object_serialisation` and `overrides` are accepted from configurations that other backends share; nothing of what
    they can say concerns a laptop.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    object_serialisation: bool = True
    overrides: Mapping[str, Any] = field(default_factory=dict)
