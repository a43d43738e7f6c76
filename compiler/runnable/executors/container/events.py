"""Waiting for what threads beside the run report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import Empty, Queue
from time import monotonic
from typing import TypeVar

_Event = TypeVar("_Event")


def events_within(events: Queue[_Event], seconds: float, deadlines: Iterable[float | None]) -> Iterator[_Event]:
    """Wait for an event, `seconds` at most and no longer than until the first of `deadlines`; then all there are."""
    wait = min([seconds, *(deadline - monotonic() for deadline in deadlines if deadline is not None)])
    try:
        yield events.get(timeout=max(0.0, wait))
        while True:
            yield events.get_nowait()
    except Empty:
        return
