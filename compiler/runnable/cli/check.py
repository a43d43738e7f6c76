"""`runnable check FILE`: everything that is wrong with a pipeline, without running or compiling it."""

from __future__ import annotations

import argparse

from runnable.cli.inputs import add_inputs, read_inputs
from runnable.diagnostics.diagnostic import Severity
from runnable.diagnostics.errors import ExitCode
from runnable.driver import diagnose


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("check", help="report every mistake in a pipeline", allow_abbrev=False)
    add_inputs(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the diagnostics on standard output; DEFINITION if one is an error."""
    built, _ = read_inputs(options)
    found = [*built.portability, *diagnose(built)]
    for diagnostic in found:
        print(diagnostic.render(), end="\n\n")
    errors = sum(d.severity is Severity.ERROR for d in found)
    print(f"{errors} errors, {len(found) - errors} warnings" if found else "no mistakes found")
    return ExitCode.DEFINITION if errors else ExitCode.OK
