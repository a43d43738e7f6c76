"""A display for terminals: ended tasks above; below, redrawn, the running tasks and how long they have run.

The lower part is redrawn when a worker's wait ticks, never from a thread: workers are forked, and a thread that holds a
lock at that moment would leave it locked in the worker. A task that runs in this process has the terminal to itself.
"""

from __future__ import annotations

from time import monotonic

from rich.console import Console
from rich.live import Live
from rich.text import Text

from runnable.diagnostics.terminal import harmless
from runnable.execution.capture import StreamName
from runnable.execution.progress.text import (
    STATUS_WIDTH,
    attempt_suffix,
    conclusion,
    duration,
    emit,
    heading,
    indented,
    shown_attempt,
)
from runnable_runtime.records.records import Kind, RunRecord, Status, StepRecord

_STYLES = {
    Status.SUCCEEDED: "green",
    Status.FAILED: "bold red",
    Status.INTERRUPTED: "yellow",
    Status.SKIPPED: "dim",
    Status.RUNNING: "cyan",
    Status.CREATED: "dim",
}
_MARGIN = " " * (STATUS_WIDTH + 2)
_SHOWN = 12


class TerminalProgress:
    """A display with colours and a live part; `Progress` describes the methods."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._live: Live | None = None
        self._running: dict[str, float] = {}
        self._unfinished_line = False

    def run_started(self, record: RunRecord) -> None:
        """See `Progress`."""
        self._print(Text(heading(record), style="bold"))

    def started(self, step: StepRecord, attempt: int, attempts: int) -> None:
        """See `Progress`."""
        self._running[f"{step.path}{attempt_suffix(attempt, attempts)}"] = monotonic()

    def here(self, path: str) -> None:
        """See `Progress`."""
        self._print(_line(Status.RUNNING, path))

    def ended(self, step: StepRecord, attempt: int, attempts: int, seconds: float, trace: str) -> None:
        """See `Progress`."""
        suffix = attempt_suffix(attempt, attempts)
        self._running.pop(f"{step.path}{suffix}", None)
        last = step.attempts[-1]
        shown_time = "" if step.kind is Kind.STUB or last.reused else f"  {duration(seconds)}"
        self._print(_line(last.status, f"{step.path}{shown_time}{suffix}", shown_attempt(last)))
        if last.status is Status.FAILED:
            self._print(Text(indented(trace or last.message, _MARGIN), style="red"))

    def graph_ended(self, step: StepRecord) -> None:
        """See `Progress`."""
        if step.status is Status.FAILED:
            self._print(_line(step.status, f"{step.path}: {step.message}"))

    def skipped(self, step: StepRecord) -> None:
        """See `Progress`."""
        self._print(_line(step.status, step.path))

    def output(self, stream: StreamName, text: str) -> None:
        """See `Progress`."""
        self._hide()
        emit(stream, text)
        self._unfinished_line = not text.endswith("\n")

    def notice(self, text: str) -> None:
        """See `Progress`."""
        self._print(Text(f"notice: {harmless(text)}", style="yellow"))

    def tick(self) -> None:
        """See `Progress`."""
        if self._unfinished_line or not self._console.is_terminal:
            return
        if self._live is None:
            self._live = Live(
                console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._live.start()
        self._live.update(self._busy(), refresh=True)

    def run_ended(self, record: RunRecord) -> None:
        """See `Progress`."""
        self._print(Text(conclusion(record), style=_STYLES[record.status]))

    def _busy(self) -> Text:
        lines = [
            _line(Status.RUNNING, f"{name}  {duration(monotonic() - since)}")
            for name, since in list(self._running.items())[:_SHOWN]
        ]
        if len(self._running) > _SHOWN:
            lines.append(Text(f"{_MARGIN}and {len(self._running) - _SHOWN} more", style="dim"))
        return Text("\n").join(lines)

    def _hide(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _print(self, text: Text) -> None:
        self._hide()
        if self._unfinished_line:
            self._console.print()
            self._unfinished_line = False
        self._console.print(text, soft_wrap=True)


def _line(status: Status, text: str, word: str = "") -> Text:
    return Text.assemble((f"{word or status:<{STATUS_WIDTH}}  ", _STYLES[status]), harmless(text))
