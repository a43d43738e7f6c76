"""What `approve` and `reject` have in common: they answer a step that waits, of a run here or of a workflow."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from runnable.cli.options import RUN_HELP, add_cluster, chosen_objects
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say


def add_decision(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which step, and why."""
    parser.add_argument("run_id", metavar="RUN", help=f"{RUN_HELP}; or the name of a workflow")
    parser.add_argument("step", metavar="STEP", nargs="?", default="", help="a step's path, or the end of it")
    parser.add_argument("--message", default="", help="a text for the record")
    add_cluster(parser)


def decide(options: argparse.Namespace, *, approved: bool, given: Sequence[str]) -> ExitCode:
    """Answer the step; of a run here, unless the command line says where a workflow is."""
    from runnable.driver.approving import decide as decide_here
    from runnable.driver.approving import waits_here

    texts = {}
    for one in given:
        name, equals, text = one.partition("=")
        if not equals or not name:
            say(f"runnable approve: -p takes NAME=VALUE, not {one!r}", file=sys.stderr)
            return ExitCode.USAGE
        texts[name] = text
    here = () if options.namespace or options.context else waits_here(options.run_id)
    if here:
        step, answer = decide_here(
            here, options.run_id, options.step, texts, approved=approved, message=options.message
        )
        say(f"{step}: {answer.told()}", file=sys.stderr)
        return ExitCode.OK
    from runnable.driver.approving_there import decide_there

    told = decide_there(
        lambda: chosen_objects(options),
        options.run_id,
        options.step,
        texts,
        approved=approved,
        message=options.message,
    )
    say(told, file=sys.stderr)
    return ExitCode.OK
