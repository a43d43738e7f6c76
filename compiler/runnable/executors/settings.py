"""The settings of running several tasks at once, which all executors on this machine have."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar

from runnable.configuration import Configuration, validate
from runnable.ir.nodes import Program
from runnable.ir.unit import CompilationUnit
from runnable.semantics.plan import has_concurrency
from runnable_runtime.deferred import dataclass


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

    def runs_concurrently(self, program: Program) -> bool:
        """Whether tasks of `program` run at the same time: it has such, and the configuration says so."""
        return self.enable_parallel and has_concurrency(program.graph)


@dataclass(frozen=True)
class LocalSettings(ConcurrencySettings):
    """Settings of the local executor, and of the emulator.

    Without `object_serialisation` the local executor keeps objects in memory; the emulator, whose tasks are processes,
    does not. With `warm_kernels` the local executor has kernels of several notebooks forked of one process
    (`executors.local.kernels`). `overrides` are accepted from configurations that other executors share; nothing of
    what they can say concerns a laptop.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    object_serialisation: bool = True
    warm_kernels: bool = True
    overrides: Mapping[str, Any] = field(default_factory=dict)


def read_local_settings(unit: CompilationUnit, configuration: Configuration) -> LocalSettings:
    """The settings of the local executor, and of the emulator. Raises ConfigurationError."""
    section = configuration.section(unit.executor)
    if _is_plain(section.config):  # nearly always, and a run does not wait for the import of pydantic
        return LocalSettings(**section.config)
    return validate(LocalSettings, section.config, file=configuration.file, at=f"{unit.executor}.config")


def _is_plain(config: Mapping[str, Any]) -> bool:
    """Whether each key is one, and its value what it has to be, without any conversion."""
    most = config.get("max_workers")
    flags = {"enable_parallel", "object_serialisation", "warm_kernels"}
    return (
        config.keys() <= {*flags, "max_workers", "overrides"}
        and all(type(config.get(flag, False)) is bool for flag in flags)
        and (most is None or (type(most) is int and most > 0))
        and type(config.get("overrides", {})) is dict
    )
