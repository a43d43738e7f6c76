"""Watching a workflow on standard error: a tree that is drawn anew on a terminal, a line for each event elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from runnable.cluster.advice import plain
from runnable.cluster.model import Phase, Step, View
from runnable.cluster.tree import WIDTH, conclusion, first_line, heading, render_troubles, took, tree
from runnable.diagnostics.codes.cluster import PodTrouble
from runnable.diagnostics.colour import can_be_drawn_on, console, painted, styled
from runnable.diagnostics.terminal import harmless, say

if TYPE_CHECKING:
    from rich.text import Text


class Display(Protocol):
    """Where a watched workflow is shown."""

    def show(self, view: View, troubles: Iterable[PodTrouble]) -> None:
        """The workflow as it is now."""
        ...

    def notice(self, text: str) -> None:
        """Something beside the workflow."""
        ...

    def end(self, view: View) -> None:
        """The workflow has ended."""
        ...


def display() -> Display:
    """The display that standard error can have."""
    return TerminalDisplay() if can_be_drawn_on(sys.stderr) else PlainDisplay()


class PlainDisplay:
    """A line for each step that begins or ends, for logs of CI and files."""

    def __init__(self) -> None:
        self._seen: dict[str, Phase] = {}
        self._told: set[str] = set()

    def show(self, view: View, troubles: Iterable[PodTrouble]) -> None:
        """See `Display`."""
        for step in view.tasks():
            if self._seen.get(step.path) is not step.phase and step.phase is not Phase.WAITING:
                self._seen[step.path] = step.phase
                self._line(step)
        for problem in troubles:
            if problem.render() not in self._told:
                self._told.add(problem.render())
                say(painted(problem.render(), sys.stderr), file=sys.stderr, flush=True)

    def _line(self, step: Step) -> None:
        details = f"  {took(step.started, step.finished)}" if step.finished and step.phase is not Phase.SKIPPED else ""
        if step.phase is Phase.FAILED and step.message:
            details += f"  {first_line(plain(step.message))}"
        now = datetime.now().astimezone()
        phase = styled(f"{step.phase:<{WIDTH}}", _STYLES[step.phase], sys.stderr)
        say(f"{now:%H:%M:%S}  {phase}  {step.path}{details}", file=sys.stderr, flush=True)

    def notice(self, text: str) -> None:
        """See `Display`."""
        say(f"notice: {text}", file=sys.stderr, flush=True)

    def end(self, view: View) -> None:
        """See `Display`."""
        say(conclusion(view), file=sys.stderr, flush=True)


_STYLES = {
    Phase.SUCCEEDED: "green",
    Phase.FAILED: "bold red",
    Phase.SKIPPED: "dim",
    Phase.RUNNING: "cyan",
    Phase.PENDING: "yellow",
    Phase.WAITING: "dim",
}


class TerminalDisplay:
    """The tree, in colours, as high as the terminal lets it be; whole when the workflow has ended."""

    def __init__(self) -> None:
        from rich.live import Live

        self._console = console()
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._last: View | None = None

    def show(self, view: View, troubles: Iterable[PodTrouble]) -> None:
        """See `Display`."""
        from rich.text import Text

        if not self._live.is_started:
            self._live.start()
        lines = [_text(heading(view), "bold"), *_lines(view)]
        told = render_troubles(troubles)
        below = told.splitlines() if told else []
        room = max(self._console.height - len(below) - 2, 5)
        if len(lines) > room:
            lines = [*lines[: room - 1], _text(f"({len(lines) - room + 1} more lines)", "dim")]
        lines += [_text(line, "yellow") for line in below]
        self._live.update(Text("\n").join(lines), refresh=True)

    def notice(self, text: str) -> None:
        """See `Display`."""
        self._console.print(_text(f"notice: {text}", "yellow"), soft_wrap=True)

    def end(self, view: View) -> None:
        """See `Display`."""
        self.stop()
        for line in _lines(view):
            self._console.print(line, soft_wrap=True)
        self._console.print(_text(conclusion(view), _STYLES[view.phase]), soft_wrap=True)

    def stop(self) -> None:
        """Leave the terminal as it was."""
        if self._live.is_started:
            self._live.stop()


def _text(text: str, style: str) -> Text:
    """A text for the console: no markup of Rich's is read in it, and nothing in it steers the terminal."""
    from rich.text import Text

    return Text(harmless(text), style)


def _lines(view: View) -> list[Text]:
    from rich.text import Text

    return [
        Text.assemble(
            (f"{line.phase:<{WIDTH}}  ", _STYLES[line.phase]), harmless(line.text), no_wrap=True, overflow="ellipsis"
        )
        for line in tree(view)
    ]
