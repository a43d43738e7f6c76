"""The interface of a running composite: a graph, a fan-out, a switch or a loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from runnable.ir.nodes import Node
from runnable.semantics.scope import Scope
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Status

AFTER_ITEMS = 2**31 - 1
"""The place of a fan-out's reduce task: after its items, however many there are."""


class Frame(Protocol):
    """A running composite. Its members go by their position: that of a node, or the number of an item or iteration.

    The composite is the member `position` of `parent`; the root has no parent. `key` orders the members of all frames
    as the pipeline has them. `remaining` counts the members that have not ended. `halted` says why no more is to begin
    in it, and that it fails; empty while that is not so.
    """

    path: str
    parent: Frame | None
    position: int
    key: tuple[int, ...]
    remaining: int
    halted: str

    @property
    def timeout(self) -> int | None:
        """Seconds that the composite may take."""
        ...

    @property
    def fails_fast(self) -> bool:
        """Whether no further member is to begin, since one has failed."""
        ...

    def node(self, position: int) -> Node:
        """The member at `position`."""
        ...

    def path_of(self, position: int) -> str:
        """The path of the member at `position`."""
        ...

    def place_of(self, position: int) -> tuple[int, ...]:
        """The place in the record of the member at `position`; see `StepRecord`."""
        ...

    def before(self, position: int) -> Sequence[int]:
        """The members that the member at `position` waits for."""
        ...

    def first(self) -> list[int]:
        """The members that start with the composite."""
        ...

    def never(self) -> list[int]:
        """The members that are known from the start never to run."""
        ...

    def scope_before(self, position: int) -> Scope:
        """What the member sees. Called once, when the member starts."""
        ...

    def end(
        self, position: int, status: Status, outputs: Mapping[str, Json], message: str = ""
    ) -> tuple[list[int], list[int]]:
        """Note how a member ended and what it wrote; returns the members that become ready, and that never will.

        `message` says why a task has failed.
        """
        ...

    def result(self) -> tuple[Status, str]:
        """How the composite ends, once nothing remains, and why if it fails."""
        ...

    def outputs(self) -> dict[str, Json]:
        """What the composite wrote, by name. Called only if it has succeeded."""
        ...

    def variables(self) -> dict[str, str]:
        """Environment variables for the tasks that start in it now."""
        ...


def key_below(parent: Frame | None, position: int) -> tuple[int, ...]:
    """The key of a frame that is the member `position` of `parent`."""
    return () if parent is None else (*parent.key, position)


def around(frame: Frame | None) -> Iterator[Frame]:
    """A frame and those that it is in, outwards."""
    while frame is not None:
        yield frame
        frame = frame.parent


def takes_no_more(frame: Frame) -> bool:
    """Whether no further member of a frame is to begin."""
    return frame.fails_fast or any(one.halted for one in around(frame))


def program_path(frame: Frame) -> str:
    """The path of a frame's node in the program, where bodies have no numbers."""
    names: list[str] = []
    while frame.parent is not None:
        names.append(frame.parent.node(frame.position).name)
        frame = frame.parent
    return ".".join(reversed(names))


def variables_in(frame: Frame | None) -> dict[str, str]:
    """The environment variables of a frame and of all that it is in; inner ones win."""
    found: dict[str, str] = {}
    while frame is not None:
        if own := frame.variables():
            found = {**own, **found}
        frame = frame.parent
    return found
