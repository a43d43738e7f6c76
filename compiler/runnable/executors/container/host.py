"""What runs sessions of tasks: an engine of containers, or whatever can stand in for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from runnable.container_engine import Ended


class StandardStreams(Protocol):
    """See `runnable.container_engine.Stream`."""

    def write(self, data: bytes) -> None:
        """Write to the standard input. Raises OSError where it has ended."""

    def read(self) -> Iterator[tuple[bool, bytes]]:
        """What is printed, as it comes: whether on standard error, and the bytes."""

    def close(self) -> None:
        """Have the standard input end."""


class Host(Protocol):
    """See `runnable.container_engine.Engine`, whose methods these are. Each raises EngineError."""

    @property
    def noun(self) -> str:
        """What one of its sessions is, in messages."""

    def create(self, name: str, config: dict[str, Any]) -> str:
        """A new session, not yet started; returns its id."""

    def attach(self, container: str) -> StandardStreams:
        """The standard streams of one that has not started yet."""

    def start(self, container: str) -> None:
        """Start it."""

    def ended(self, container: str) -> Ended:
        """Wait for its end."""

    def remove(self, container: str) -> None:
        """Remove it, whether it runs or not; none is fine."""
