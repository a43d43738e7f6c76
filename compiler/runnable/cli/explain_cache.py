"""`runnable explain-cache RUN STEP [FILE]`: what the key of a cached step was made of, and what differs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from runnable.cli.options import RUN_HELP, add_store, chosen_store
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say
from runnable.runs.lookup import find_attempt, find_run, find_step

if TYPE_CHECKING:
    from runnable.runs.code import CodeBook
    from runnable.runs.resume.positions import Places


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser(
        "explain-cache", help="what a step with cache=True depends on, and what has changed", allow_abbrev=False
    )
    parser.add_argument("run_id", metavar="RUN", help=RUN_HELP)
    parser.add_argument("step", metavar="STEP", help="a step's path, or the end of it")
    parser.add_argument(
        "pipeline", metavar="FILE[:NAME]", nargs="?", default="", help="compare with the code in this file as it is now"
    )
    add_store(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the explanation."""
    from runnable.execution.caching.explain import explain, text_of

    store = chosen_store(options)
    record = store.read(find_run(store, options.run_id))
    step = find_step(record, options.step)
    find_attempt(step, None)
    say(text_of(explain(store, record, step, _now(options.pipeline) if options.pipeline else None)))
    return ExitCode.OK


def _now(file: str) -> tuple[Places, CodeBook]:
    """The program of a pipeline's file, and its code, as they are now. Raises DefinitionError."""
    from runnable.frontend.loading import load
    from runnable.runs.code import CodeBook
    from runnable.runs.resume.positions import Places

    unit = load(file).unit
    return Places(unit.program), CodeBook(unit.program, unit.functions)
