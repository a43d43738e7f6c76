"""A display for terminals: above, what has ended and what tasks print; below, a region that holds still.

The region has the running tasks, how long they have run, the line that a task has not finished yet, and how many tasks
are done. It is redrawn when a worker's wait ticks, and after what is printed above it, never from a thread: workers are
forked, and a thread that holds a lock at that moment would leave it locked in the worker. A task that runs in this
process has the terminal to itself.
"""

from __future__ import annotations

import sys
from collections import Counter
from time import monotonic

from rich.console import Console
from rich.live import Live
from rich.text import Text

from runnable.diagnostics.colour import console as make_console
from runnable.diagnostics.terminal import harmless
from runnable.execution.capture import StreamName
from runnable.execution.progress.text import (
    OPEN,
    STATUS_WIDTH,
    STYLES,
    attempt_suffix,
    conclusion,
    duration,
    emit,
    heading,
    indented,
    shortened,
    shown_attempt,
)
from runnable_runtime.records.records import COMPOSITES, Kind, RunRecord, Status, StepRecord

_MARGIN = " " * (STATUS_WIDTH + 2)
_SHOWN = 12


class TerminalProgress:
    """A display with colours and a live part; `Progress` describes the methods."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or make_console()
        self._live: Live | None = None
        self._running: dict[str, float] = {}
        self._known: set[str] = set()
        self._done: dict[str, Status] = {}
        self._open = False
        self._began = monotonic()
        self._rest: dict[StreamName, str] = {}
        self._has_terminal = ""

    def run_started(self, record: RunRecord) -> None:
        """See `Progress`."""
        tasks = [step for step in record.steps.values() if step.kind not in COMPOSITES]
        self._known = {step.path for step in tasks}
        self._done = {step.path: step.status for step in tasks if step.status is Status.SUCCEEDED}  # of a resumed run
        self._open = any(step.kind in OPEN for step in record.steps.values())
        self._began = monotonic()
        self._print(Text(heading(record), style="bold"))

    def started(self, step: StepRecord, attempt: int, attempts: int) -> None:
        """See `Progress`."""
        self._known.add(step.path)
        self._running[f"{step.path}{attempt_suffix(attempt, attempts)}"] = monotonic()

    def here(self, path: str) -> None:
        """See `Progress`."""
        self._has_terminal = path
        self._hide()
        self._finish_lines()
        self._print(self._line(Status.RUNNING, path))

    def ended(self, step: StepRecord, attempt: int, attempts: int, seconds: float, trace: str) -> None:
        """See `Progress`."""
        suffix = attempt_suffix(attempt, attempts)
        self._has_terminal = "" if self._has_terminal == step.path else self._has_terminal
        self._running.pop(f"{step.path}{suffix}", None)
        last = step.attempts[-1]
        self._done[step.path] = last.status
        shown_time = "" if step.kind is Kind.STUB or last.reused else f"  {duration(seconds)}"
        self._print(self._line(last.status, step.path, f"{shown_time}{suffix}", shown_attempt(last)))
        if last.status is Status.FAILED:
            self._print(Text(indented(trace or last.message, _MARGIN), style="red"))

    def graph_ended(self, step: StepRecord) -> None:
        """See `Progress`."""
        if step.status is Status.FAILED:
            self._print(self._line(step.status, step.path, f": {step.message}"))

    def skipped(self, step: StepRecord) -> None:
        """See `Progress`."""
        if step.kind not in COMPOSITES:
            self._done[step.path] = step.status
        self._print(self._line(step.status, step.path))

    def output(self, stream: StreamName, text: str) -> None:
        """See `Progress`. A line that is not finished is in the region; what goes to a file goes there at once."""
        target = sys.stdout if stream == "stdout" else sys.stderr
        if target is None or not target.isatty():
            emit(stream, text)
            return
        whole, end, rest = (self._rest.pop(stream, "") + text).rpartition("\n")
        if rest:
            self._rest[stream] = rest
        if end and self._live is None:
            emit(stream, whole + end)
        elif end:
            self._print(Text.from_ansi(whole))

    def notice(self, text: str) -> None:
        """See `Progress`."""
        self._print(Text(f"notice: {harmless(text)}", style="yellow"))

    def tick(self) -> None:
        """See `Progress`."""
        if self._has_terminal or not self._console.is_terminal or self._console.is_dumb_terminal:
            return
        if self._live is None:
            self._live = Live(
                console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._live.start()
        self._live.update(self._region(), refresh=True)

    def run_ended(self, record: RunRecord) -> None:
        """See `Progress`."""
        self._hide()
        self._finish_lines()
        self._console.print(Text(conclusion(record), style=STYLES[record.status]), soft_wrap=True)

    def exits_ended(self, record: RunRecord) -> None:
        """See `Progress`."""
        self._hide()
        self._finish_lines()

    def _region(self) -> Text:
        """What runs, a line for each as far as there is room, and the counter below."""
        room = max(1, min(_SHOWN, self._console.height - 4))
        running = list(self._running.items())
        shown = running if len(running) <= room else running[: room - 1]
        lines = [self._line(Status.RUNNING, name, f"  {duration(monotonic() - since)}") for name, since in shown]
        if len(shown) < len(running):
            lines.append(Text(f"{_MARGIN}and {len(running) - len(shown)} more", style="dim"))
        lines += [Text(shortened(rest, self._console.width - 1), style="dim") for rest in self._rest.values()]
        return Text("\n").join([*lines, self._counter()])

    def _counter(self) -> Text:
        """Such as ``12 of 82 tasks, 1 failed, 8 running, 1 min 05 s``."""
        counts = Counter(self._done.values())
        more = " or more" if self._open else ""
        done = sum(counts.values())
        parts = [f"{done} of {len(self._known | self._done.keys())}{more} tasks"]
        parts += [f"{counts[Status.FAILED]} failed"] if counts[Status.FAILED] else []
        parts += [f"{len(self._running)} running", duration(monotonic() - self._began)]
        return Text(shortened(", ".join(parts), self._console.width - 1), style="bold")

    def _hide(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _finish_lines(self) -> None:
        for stream, rest in self._rest.items():
            emit(stream, f"{rest}\n")
        self._rest.clear()

    def _print(self, text: Text) -> None:
        """Print `text` above the region, which rich moves down in the same write."""
        if self._live is not None:
            self._live.update(self._region())
        self._console.print(text, soft_wrap=True)

    def _line(self, status: Status, name: str, more: str = "", word: str = "") -> Text:
        """A status, a name and what there is to say of it; on a terminal, of a long name its middle is left out."""
        room = self._console.width - 1 - len(_MARGIN) - len(more.partition("\n")[0])
        if self._console.is_terminal and not more.startswith(":"):
            name = shortened(name, max(20, room))
        return Text.assemble((f"{word or status:<{STATUS_WIDTH}}  ", STYLES[status]), harmless(f"{name}{more}"))
