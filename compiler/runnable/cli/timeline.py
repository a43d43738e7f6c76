"""`runnable timeline RUN`: the published package's name for `show` and `report` in one."""

from __future__ import annotations

import argparse
from types import ModuleType

from runnable.cli import report, show
from runnable.cli.options import RUN_HELP, add_context, add_store, chosen_store
from runnable.diagnostics.errors import ExitCode
from runnable.runs.lookup import find_run


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("timeline", allow_abbrev=False)
    parser.add_argument("run_id", metavar="RUN", help=RUN_HELP)
    parser.add_argument("-o", "--output", metavar="FILE", default="", help="the file to write; RUN_timeline.html")
    parser.add_argument(
        "--console",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="print the run too, as `runnable show` does",
    )
    parser.add_argument(
        "--open", action=argparse.BooleanOptionalAction, default=False, help="open the file in the browser"
    )
    add_store(parser)
    add_context(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the run, and write its report, in which the time of each step is drawn."""
    store = chosen_store(options)
    options.run_id = find_run(store, options.run_id)
    if options.console:
        show.run(_as(show, options))
    options.output = options.output or f"{options.run_id}_timeline.html"
    return report.run(_as(report, options))


def _as(command: ModuleType, options: argparse.Namespace) -> argparse.Namespace:
    """What another command is given for the run, and these options, where they are its own too; the rest by default."""
    parser = argparse.ArgumentParser()
    command.add_to(parser.add_subparsers())
    name = command.__name__.rpartition(".")[2]
    return argparse.Namespace(**{**vars(parser.parse_args([name, options.run_id])), **vars(options)})
