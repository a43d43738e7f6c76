"""Plain lines on stderr: for files, pipes and continuous integration."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from functools import lru_cache

from runnable.diagnostics.colour import has_colours, in_style
from runnable.diagnostics.terminal import harmless
from runnable.execution.capture import StreamName
from runnable.execution.progress.silent import SilentProgress
from runnable.execution.progress.text import (
    STATUS_WIDTH,
    STYLES,
    attempt_suffix,
    conclusion,
    duration,
    emit,
    heading,
    indented,
    shown_attempt,
)
from runnable_runtime.records.records import Kind, RunRecord, Status, StepRecord

_MARGIN = " " * (8 + 2 + STATUS_WIDTH + 2)
_AT_ONCE = 200
"""The lines of a run that are each written at once; of more, those of a moment are written together."""
_MOMENT = 0.05


class PlainProgress(SilentProgress):
    """A line for every start and end; `Progress` describes the methods."""

    def __init__(self) -> None:
        self._stream: object = None
        self._in_colours = False
        self._lines = 0
        self._held: list[str] = []
        self._written = 0.0

    def run_started(self, record: RunRecord) -> None:
        """See `Progress`."""
        emit("stderr", heading(record) + "\n")

    def started(self, step: StepRecord, attempt: int, attempts: int) -> None:
        """See `Progress`."""
        if step.kind is not Kind.STUB:
            self._line("started", f"{step.path}{attempt_suffix(attempt, attempts)}")

    def ended(self, step: StepRecord, attempt: int, attempts: int, seconds: float, trace: str) -> None:
        """See `Progress`."""
        last = step.attempts[-1]
        took = "" if last.reused else f"  {duration(seconds)}"
        self._line(shown_attempt(last), f"{step.path}{took}{attempt_suffix(attempt, attempts)}")
        if last.status is Status.FAILED:
            self._emit(indented(trace or last.message, _MARGIN) + "\n")

    def skipped(self, step: StepRecord) -> None:
        """See `Progress`."""
        self._line(Status.SKIPPED, step.path)

    def graph_ended(self, step: StepRecord) -> None:
        """See `Progress`."""
        if step.status is Status.FAILED:
            self._line(Status.FAILED, f"{step.path}: {step.message}")

    def run_ended(self, record: RunRecord) -> None:
        """See `Progress`."""
        self._emit(conclusion(record) + "\n")

    def here(self, path: str) -> None:
        """See `Progress`."""
        self.tick()

    def output(self, stream: StreamName, text: str) -> None:
        """See `Progress`."""
        self.tick()
        super().output(stream, text)

    def notice(self, text: str) -> None:
        """See `Progress`."""
        self.tick()
        super().notice(text)

    def tick(self) -> None:
        """See `Progress`."""
        if self._held:
            self._emit("")

    def _line(self, status: str, text: str) -> None:
        if sys.stderr is not self._stream:
            self._stream, self._in_colours = sys.stderr, has_colours(sys.stderr)
        line = f"{_clock()}  {_shown(status, self._in_colours)}  {harmless(text)}\n"
        self._lines += 1
        if self._lines > _AT_ONCE and time.monotonic() < self._written + _MOMENT:
            self._held.append(line)
        else:
            self._emit(line)

    def _emit(self, text: str) -> None:
        """Write what is held back, and `text`."""
        emit("stderr", "".join([*self._held, text]))
        self._held.clear()
        self._written = time.monotonic()


def _clock() -> str:
    """The time of day, made once for all lines of a second: there may be thousands."""
    return _clock_at(int(time.time()))


@lru_cache(maxsize=1)
def _clock_at(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds):%H:%M:%S}"


@lru_cache(maxsize=64)
def _shown(status: str, in_colours: bool) -> str:
    text = f"{status:<{STATUS_WIDTH}}"
    return in_style(text, STYLES.get(status, "cyan")) if in_colours else text
