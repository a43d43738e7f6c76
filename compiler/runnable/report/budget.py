"""How large a report becomes: what goes into it beside the page is taken from a budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import BinaryIO

from runnable.report.wording import size
from runnable_runtime.deferred import dataclass

OpenFile = Callable[[str], BinaryIO | None]
"""Opens a log or notebook of the run, by the name that its record has; None if it is not there."""


@dataclass
class Budget:
    """How many bytes may go into the file beside the page, and what was left out for want of room, for people."""

    bytes: int
    taken: int = 0
    left_out: list[str] = field(default_factory=list)

    def take(self, count: int, what: str) -> bool:
        """Whether there is room for `count` bytes, which are then taken; if not, `what` is noted as left out."""
        if self.taken + count > self.bytes:
            self.left_out.append(f"{what} ({size(count)})")
            return False
        self.taken += count
        return True
