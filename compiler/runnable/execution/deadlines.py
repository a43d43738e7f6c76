"""How long composites may take: when each of those that have begun is to have ended."""

from __future__ import annotations

from time import monotonic

from runnable.semantics.frame import Frame, around

TIMED_OUT = "timed out after "
"""How the message begins of an attempt that a launcher has stopped, and of a composite."""


class Deadlines:
    """The deadlines of the composites of one run. The clock of one starts with the first task in it."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[float, Frame]] = {}

    def __bool__(self) -> bool:
        """Whether there are any at present."""
        return bool(self._of)

    def begin(self, frame: Frame) -> None:
        """A task in `frame` begins."""
        for one in around(frame):
            if one.timeout is not None and id(one) not in self._of:
                self._of[id(one)] = (monotonic() + one.timeout, one)

    def end(self, frame: Frame) -> None:
        """`frame` has ended."""
        self._of.pop(id(frame), None)

    def remaining(self, frame: Frame) -> float | None:
        """Seconds that a task in `frame`, of which `begin` was called, may take; None if nothing limits it."""
        if not self._of:
            return None
        found = [self._of[id(one)][0] for one in around(frame) if id(one) in self._of]
        return max(0.01, min(found) - monotonic()) if found else None

    def halt(self) -> bool:
        """Halt what is out of time; whether there was anything."""
        now = monotonic()
        late = [frame for deadline, frame in self._of.values() if deadline <= now]
        for frame in late:
            frame.halted = f"{TIMED_OUT}{frame.timeout} s"
            self.end(frame)
        return bool(late)


def stopped_with(frame: Frame) -> str:
    """Why a task in `frame` was stopped, if something around it is out of time; empty if nothing is."""
    late = next((one for one in around(frame) if one.halted), None)
    if late is None:
        return ""
    return f"stopped: {late.path!r} {late.halted}" if late.path else f"stopped: the pipeline {late.halted}"
