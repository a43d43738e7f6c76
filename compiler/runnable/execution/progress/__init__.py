"""Showing the progress of a run on the console."""

from __future__ import annotations

import os
import sys

from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.colour import can_be_drawn_on
from runnable.diagnostics.errors import ConfigurationError
from runnable.execution.progress.events import Progress
from runnable.execution.progress.keeping import preferred

VARIABLE = "RUNNABLE_PROGRESS"
_CHOICES = ("plain", "rich", "none")


def choose_progress() -> Progress:
    """The display that RUNNABLE_PROGRESS names (plain, rich or none), else rich on a terminal and plain elsewhere.

    A command may have preferred another one. Raises ConfigurationError for another value of the variable.
    """
    if (found := preferred.get()) is not None:
        return found
    chosen = os.environ.get(VARIABLE) or ("rich" if can_be_drawn_on(sys.stderr) else "plain")
    match chosen:
        case "plain":
            from runnable.execution.progress.plain import PlainProgress

            return PlainProgress()
        case "rich":
            from runnable.execution.progress.terminal import TerminalProgress

            return TerminalProgress()
        case "none":
            from runnable.execution.progress.silent import SilentProgress

            return SilentProgress()
        case _:
            reason = f"there is no such progress display (found {chosen!r})"
            invalid = ConfigurationInvalid(file="the environment", key=VARIABLE, reason=reason, known=_CHOICES)
            raise ConfigurationError([invalid])
