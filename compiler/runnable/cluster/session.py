"""Watching one workflow from beginning to end, and what the command then ends with."""

from __future__ import annotations

import sys
from collections.abc import Callable

from runnable.cluster.display import TerminalDisplay, display
from runnable.cluster.model import Phase, View
from runnable.cluster.objects import Objects
from runnable.cluster.troubles import troubles
from runnable.cluster.watch import follow
from runnable.diagnostics.errors import ExitCode


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
        print(
            f"the workflow goes on; `runnable status {name}` shows it, `runnable stop {name}` ends it", file=sys.stderr
        )
        return ExitCode.INTERRUPTED
    finally:
        if isinstance(shown, TerminalDisplay):
            shown.stop()
    raise AssertionError("a workflow that is followed ends")


def outcome(view: View) -> ExitCode:
    """What a command about a workflow ends with: RUN_FAILED for one that has failed, OK for the others."""
    return ExitCode.RUN_FAILED if view.phase is Phase.FAILED else ExitCode.OK
