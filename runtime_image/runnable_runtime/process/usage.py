"""`Usage`: the memory and the processor time that one attempt at a task took. Bytes and seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from runnable_runtime.deferred import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerUsage:
    """What a container used that ran one attempt and nothing else, as its control group has counted.

    `memory` is its peak, and `memory_limit` what it may have at most. Both count all processes together, and what the
    kernel keeps for them: files that were read or written stay in memory until it is needed. `cpu` are seconds of
    processor time, `throttled` seconds in which its processes had to wait, since they had used up their limit.
    """

    memory: int | None = None
    memory_limit: int | None = None
    cpu: float | None = None
    throttled: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, without what is not known."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in found.items() if value is not None}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ContainerUsage:
        """The inverse of `to_json`; keys that are not known are left aside."""
        return cls(**{field.name: document[field.name] for field in fields(cls) if field.name in document})


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one attempt used. What could not be known of it is None: no figure is a guess.

    `memory` is the peak of what was in memory (resident) of one process: the one that ran the task, or the largest of
    those that it started and waited for, if that had more. Processes at the same time are not added up, and what they
    share counts for each. The interpreter and all modules count; `memory_before` is what the process had when the task
    began, so that the difference is what the task added. `cpu` are seconds of processor time, of user and system, of
    that process and of those that it started and waited for.

    In the process of the run itself, and in a worker that is used again, both are of the time of the attempt.
    """

    memory: int | None = None
    memory_before: int | None = None
    cpu: float | None = None
    container: ContainerUsage | None = None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, without what is not known."""
        found = {"memory": self.memory, "memory_before": self.memory_before, "cpu": self.cpu}
        inner = {} if self.container is None else {"container": self.container.to_json()}
        return {**{name: value for name, value in found.items() if value is not None}, **inner}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Usage:
        """The inverse of `to_json`; keys that are not known are left aside."""
        inner = document.get("container")
        return cls(
            memory=document.get("memory"),
            memory_before=document.get("memory_before"),
            cpu=document.get("cpu"),
            container=None if inner is None else ContainerUsage.from_json(inner),
        )
