"""`runnable approve RUN [STEP] [-p NAME=VALUE]`: let a step go on that waits for a person, here or on a cluster."""

from __future__ import annotations

import argparse

from runnable.cli.deciding import add_decision, decide
from runnable.diagnostics.errors import ExitCode


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("approve", allow_abbrev=False)
    add_decision(parser)
    parser.add_argument(
        "-p",
        "--parameters",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="an answer that the step asks for; repeatable",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Approve the step, with its answers."""
    return decide(options, approved=True, given=options.parameters)
