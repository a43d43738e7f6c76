"""`runnable stop NAME`: end a workflow on a cluster."""

from __future__ import annotations

import argparse
import sys

from runnable.cli.options import add_cluster, add_store, chosen_objects, chosen_store
from runnable.cluster.run_status import Recorder
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("stop", allow_abbrev=False)
    parser.add_argument("name", metavar="NAME", help="the workflow's name")
    parser.add_argument(
        "--now", action="store_true", help="without exit handlers, and without waiting for tasks to end"
    )
    parser.add_argument("--no-wait", action="store_true", help="do not wait until it has ended")
    add_store(parser)
    add_cluster(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Ask the controller to end the workflow, and wait until it has."""
    from runnable.cluster.tree import conclusion
    from runnable.cluster.view import view
    from runnable.cluster.watch import follow

    recorder = Recorder(chosen_store(options))
    objects = chosen_objects(options)
    shown = view(objects.get("Workflow", options.name))
    if shown.phase.ended:
        say(f"it has ended before: {conclusion(shown)}", file=sys.stderr)
        recorder.ended(shown)
        return ExitCode.OK
    objects.stop(options.name, "Terminate" if options.now else "Stop")
    if options.no_wait:
        say(f"the controller was asked to stop {options.name}", file=sys.stderr)
        return ExitCode.OK
    *_, ended = follow(objects, options.name, lambda text: say(f"notice: {text}", file=sys.stderr))
    say(conclusion(ended), file=sys.stderr)
    recorder.ended(ended)
    return ExitCode.OK
