"""The configuration of `pipeline-executor: {type: local-container}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar

from runnable.executors.settings import ConcurrencySettings
from runnable_runtime.deferred import dataclass

NAME = "local-container"
"""What this executor is called in a configuration, and in a step's `overrides`."""


@dataclass(frozen=True)
class OverrideSettings:
    """What steps with ``overrides={"local-container": key}`` have instead; None leaves it as it is for all steps."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    docker_image: str | None = None
    auto_remove_container: bool | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ContainerSettings(ConcurrencySettings):
    """Settings of the local-container executor.

    `docker_image` is what tasks run in. `auto_remove_container: false` keeps containers after their end, to be looked
    at. `mount_code` mounts the project read-only over the image's working folder. `reuse` keeps containers for further
    tasks of the same image, variables and limits.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    docker_image: str
    auto_remove_container: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    mount_code: bool = False
    reuse: bool = False
    overrides: Mapping[str, OverrideSettings] = field(default_factory=dict)
