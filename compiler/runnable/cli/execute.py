"""`runnable execute FILE [RUN_ID]`: the published package's way to run a pipeline in YAML."""

from __future__ import annotations

import argparse

from runnable.cli.options import add_inputs
from runnable.cli.run import run_file
from runnable.diagnostics.errors import ExitCode


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("execute", allow_abbrev=False)
    add_inputs(parser)
    parser.add_argument("run_id", metavar="RUN_ID", nargs="?", default="", help="a name for the run; made up otherwise")
    parser.add_argument("--tag", default="", help="a label for the run's record")
    parser.add_argument(
        "--log-level",
        type=str.upper,
        choices=("DEBUG", "INFO", "WARNING", "ERROR", "FATAL"),
        default="WARNING",
        help="the level of the logger `runnable`; WARNING if it is left out",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Run the pipeline; what it raises becomes the exit code."""
    return run_file(options, log_level=options.log_level)
