"""`runnable run FILE`: the same as `python FILE`, with the project's folder importable, and documented exit codes."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from runnable.cli.options import RUN_HELP, add_inputs, prefer_options
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say
from runnable.driver.early import expect_workers
from runnable.driver.run import execute
from runnable.frontend.loading import load

if TYPE_CHECKING:
    from runnable.runs.parts import Part


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("run", allow_abbrev=False)
    add_inputs(parser)
    parser.add_argument("--run-id", default="", help="a name for the run; made up otherwise")
    parser.add_argument("--tag", default="", help="a label for the run's record")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--from", dest="begin", metavar="STEP", default="", help="run this step and all after it")
    part.add_argument("--only", metavar="STEP", default="", help="run this step alone")
    parser.add_argument(
        "--like",
        metavar="RUN",
        default="",
        help=f"where the steps before it are taken from: {RUN_HELP}; the last run that succeeded otherwise",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print only what tasks print, and why it failed")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print how it ended, and its record, as one JSON document; what tasks print goes to standard error",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Run the pipeline; what it raises becomes the exit code."""
    if options.like and not (options.begin or options.only):
        say("runnable run: --like goes with --from STEP or --only STEP", file=sys.stderr)
        return ExitCode.USAGE
    if options.json:
        from runnable.cli.run_json import run_json

        return run_json(options, lambda: _run(options))
    with ExitStack() as stack:
        if options.quiet:
            from runnable.execution.progress.keeping import QuietProgress, prefer

            stack.enter_context(prefer(QuietProgress()))
        return _run(options)


def _run(options: argparse.Namespace) -> ExitCode:
    return run_file(options, part=_part(options))


def run_file(options: argparse.Namespace, *, log_level: str = "WARNING", part: Part | None = None) -> ExitCode:
    """Run the pipeline of the file that the options name, or `part` of it; what it raises becomes the exit code."""
    prefer_options(options)
    loaded = load(options.pipeline)
    configuration_file = options.config or loaded.configuration_file
    expect_workers(loaded.unit, configuration_file, loaded=True)
    execute(
        loaded.unit,
        configuration_file=configuration_file,
        run_id=options.run_id,
        tag=options.tag,
        parameters_file=loaded.parameters_file,
        parameters=loaded.parameters,
        typed=options.parameters,
        log_level=log_level,
        part=part,
    )
    return ExitCode.OK


def _part(options: argparse.Namespace) -> Part | None:
    from runnable.runs.parts import Part

    step = options.begin or options.only
    return Part(step, bool(options.only), options.like) if step else None
