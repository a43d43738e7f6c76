"""Looking at a workflow again and again until it has ended, through outages of the API server."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from runnable.cluster.api import ClusterAway
from runnable.cluster.display import TerminalDisplay, display
from runnable.cluster.model import Phase, View
from runnable.cluster.objects import Objects
from runnable.cluster.troubles import troubles
from runnable.cluster.view import view
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say

T = TypeVar("T")

EVERY = 1.0
"""Seconds between two looks."""
LONGEST_WAIT = 10.0
LONGEST_OUTAGE = 900.0
"""Seconds after which an API server that does not answer is given up."""
TAKEN_UP_WITHIN = 20.0
"""Seconds in which a controller that is there begins with a workflow."""


def follow(objects: Objects, name: str, notice: Callable[[str], None]) -> Iterator[View]:
    """The view of a workflow about every second; the last one is of the workflow when it has ended.

    `notice` takes what happens beside: outages, and that no controller takes the workflow up. Raises ClusterError, for
    an outage only after a quarter of an hour.
    """
    began, noticed = time.monotonic(), False
    while True:
        found = patiently(lambda: view(objects.get("Workflow", name)), notice)
        yield found
        if found.phase.ended:
            return
        if not found.taken_up and not noticed and time.monotonic() - began > TAKEN_UP_WITHIN:
            noticed = True
            notice(
                "no workflow controller has begun with it: is Argo's controller running, and does it look after the "
                f"namespace {objects.namespace!r}?"
            )
        time.sleep(EVERY)


def patiently(ask: Callable[[], T], notice: Callable[[str], None]) -> T:
    """What `ask` returns, as soon as the API server answers. Raises ClusterError."""
    wait, since = EVERY, 0.0
    while True:
        try:
            found = ask()
        except ClusterAway as error:
            if not since:
                since = time.monotonic()
                notice(f"{error.diagnostics[0].message}; trying again")
            elif time.monotonic() - since > LONGEST_OUTAGE:
                raise
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        else:
            if since:
                notice(f"the API server answers again, after {time.monotonic() - since:.0f} s")
            return found


def watch(objects: Objects, name: str, ended: Callable[[View], None]) -> ExitCode:
    """Show a workflow until it has ended. OK if it succeeded, RUN_FAILED if not.

    `ended` is called with the last view, after all has been shown. Raises ClusterError. Ctrl-C ends the watching, not
    the workflow: INTERRUPTED.
    """
    shown = display()
    try:
        for view in follow(objects, name, shown.notice):
            shown.show(view, troubles(view, objects))
            if view.phase.ended:
                shown.end(view)
                ended(view)
                return outcome(view)
    except KeyboardInterrupt:
        say(f"the workflow goes on; `runnable status {name}` shows it, `runnable stop {name}` ends it", file=sys.stderr)
        return ExitCode.INTERRUPTED
    finally:
        if isinstance(shown, TerminalDisplay):
            shown.stop()
    raise AssertionError("a workflow that is followed ends")


def outcome(view: View) -> ExitCode:
    """What a command about a workflow ends with: RUN_FAILED for one that has failed, OK for the others."""
    return ExitCode.RUN_FAILED if view.phase is Phase.FAILED else ExitCode.OK
