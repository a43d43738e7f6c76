"""`runnable reject RUN [STEP]`: have a step fail that waits for a person, here or on a cluster."""

from __future__ import annotations

import argparse

from runnable.cli.deciding import add_decision, decide
from runnable.diagnostics.errors import ExitCode


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("reject", allow_abbrev=False)
    add_decision(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Reject the step."""
    return decide(options, approved=False, given=[])
