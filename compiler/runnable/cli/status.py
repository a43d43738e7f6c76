"""`runnable status NAME`: a workflow on a cluster, as the tree of its steps."""

from __future__ import annotations

import argparse
import json

from runnable.cli.options import add_cluster, add_store, chosen_objects, chosen_store
from runnable.cluster.run_status import Recorder
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("status", allow_abbrev=False)
    parser.add_argument("name", metavar="NAME", help="the workflow's name")
    parser.add_argument("-w", "--watch", action="store_true", help="go on showing it until it has ended")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for other tools")
    add_store(parser)
    add_cluster(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the workflow; RUN_FAILED if it has failed, OK if it has succeeded or goes on."""
    from runnable.cluster.tree import document, heading, render_troubles, tree
    from runnable.cluster.troubles import troubles
    from runnable.cluster.view import view
    from runnable.cluster.watch import outcome, watch

    recorder = Recorder(chosen_store(options))
    objects = chosen_objects(options)
    if options.watch:
        return watch(objects, options.name, recorder.ended)
    shown = view(objects.get("Workflow", options.name))
    found = list(troubles(shown, objects))
    if options.format == "json":
        say(json.dumps(document(shown, found), indent=1))
    else:
        say("\n".join([heading(shown), *map(str, tree(shown))]))
        if found:
            say("\n" + render_troubles(found))
    recorder.ended(shown)
    return outcome(shown)
