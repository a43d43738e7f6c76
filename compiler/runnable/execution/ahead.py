"""The ends of tasks that are recorded, and not durable yet: what follows these tasks waits, and nothing else does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from runnable.runs.stores.store import RunWriter, WritesAhead
from runnable_runtime.records.records import StepRecord


class Ahead:
    """The ends of one run that wait to be durable, in the order in which they were recorded."""

    def __init__(self, writer: RunWriter) -> None:
        self._writer = writer if isinstance(writer, WritesAhead) else None
        self._waiting: deque[tuple[int, Callable[[], None]]] = deque()

    @property
    def possible(self) -> bool:
        """Whether the store can do that."""
        return self._writer is not None

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._waiting)

    def write(self, step: StepRecord, then: Callable[[], None]) -> None:
        """Record how `step` has ended; `then` is called by `settle`, once that is durable."""
        if self._writer is not None:
            self._waiting.append((self._writer.write_ended(step), then))

    def settle(self, *, wait: bool) -> None:
        """Go on with what is durable; with `wait` with everything. Raises OutputError if it cannot be made durable."""
        if self._waiting and self._writer is not None:
            done = self._writer.durable(wait=wait)
            while self._waiting and self._waiting[0][0] <= done:
                self._waiting.popleft()[1]()
