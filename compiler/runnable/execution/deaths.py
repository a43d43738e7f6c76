"""How a task's process ended that gave no outcome, in words that are the same wherever tasks run."""

from __future__ import annotations

import signal
from contextlib import suppress


def death(code: int) -> str:
    """The message for an exit code, or minus a signal's number, as `subprocess` gives it."""
    if code == -signal.SIGKILL:
        return "the task's process was killed (SIGKILL; is the memory exhausted?)"
    if code < 0:
        return f"the task's process was ended by {_name(-code)}"
    if code == 128 + signal.SIGTERM:
        return "the task's process was ended by SIGTERM"
    return f"the task's process exited with {code} before the task had ended"


def _name(number: int) -> str:
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
