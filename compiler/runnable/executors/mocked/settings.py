"""The configuration of `pipeline-executor: {type: mocked}`.

Facts of the published `runnable` 0.50: `patches` maps a step's name to the fields of a task, `command` among them; the
type of the step is kept; further keys beside `patches` are allowed, so that any executor can be turned into this one
by its `type` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar, Literal

from runnable.configuration import Configuration, Section, validate
from runnable.diagnostics.wording import nearest
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

AT = "pipeline-executor.config"


@dataclass(frozen=True)
class ReturnKeys:
    """One return, as the published package writes it."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    kind: Literal["json", "metric", "object", "auto"] = "json"


@dataclass(frozen=True)
class Patch:
    """What a step does instead: run `command`, or just return `outputs`.

    `command` is what the step's own kind takes: a function's dotted path, a command line, a notebook's path; what is
    neither of the other two is a command line. `returns` is the step's own unless it is given.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    command: str | None = None
    command_type: Literal["python", "shell", "notebook"] | None = None
    returns: tuple[str | ReturnKeys, ...] | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.command is not None and self.outputs:
            raise ValueError("command and outputs exclude each other: what a command returns is what it computes")
        if self.command is None and (self.command_type or self.returns is not None):
            raise ValueError("command_type and returns are for a command, and there is none")


@dataclass(frozen=True)
class MockedSettings:
    """All of `config` that has a meaning."""

    patches: Mapping[str, Patch] = field(default_factory=dict)


def read_settings(section: Section, file: str) -> MockedSettings:
    """The settings of the section `pipeline-executor`, read from `file`. Raises ConfigurationError."""
    for key in section.config:
        if key != "patches" and nearest(key, ("patches",)):
            raise Configuration(file).invalid(f"{AT}.{key}", "there is no such key", ("patches",))
    patches = section.config.get("patches") or {}
    if not isinstance(patches, Mapping):
        raise Configuration(file).invalid(f"{AT}.patches", "a mapping of steps to patches is needed")
    return MockedSettings({str(step): _patch(str(step), patch, file) for step, patch in patches.items()})


def _patch(step: str, patch: Json, file: str) -> Patch:
    at = f"{AT}.patches.{step}"
    if not isinstance(patch, Mapping):
        raise Configuration(file).invalid(at, "a mapping is needed, such as {command: ...} or {outputs: {...}}")
    return validate(Patch, patch, file=file, at=at)
