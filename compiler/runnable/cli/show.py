"""`runnable show RUN [STEP]`: a run as the tree of its steps, or one step with its attempts."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from runnable.cli.options import RUN_HELP, add_context, add_store, chosen_store
from runnable.cluster.run_status import standings
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say
from runnable.runs.lookup import find_run, find_step

if TYPE_CHECKING:
    from runnable.cli.folding import Folded
    from runnable_runtime.records.records import RunRecord, StepRecord


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("show", allow_abbrev=False)
    parser.add_argument("run_id", metavar="RUN", help=RUN_HELP)
    parser.add_argument("step", metavar="STEP", nargs="?", help="a step's path, or the end of it")
    parser.add_argument("--failed", action="store_true", help="only steps that failed or were interrupted")
    parser.add_argument("--all", action="store_true", help="all items of large maps and loops")
    add_store(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for other tools")
    add_context(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the run or the step, as text or as it is recorded."""
    from runnable.cli.record_text import run_text, step_text

    store = chosen_store(options)
    record = store.read(find_run(store, options.run_id))
    if options.step:
        step = find_step(record, options.step)
        say(json.dumps(step.to_json(), indent=1) if options.format == "json" else step_text(record, step))
        return ExitCode.OK
    standing = standings(store, [record], options.context)[record.run_id]
    if options.format == "json":
        say(json.dumps({**standing.record.to_json(), "status": standing.status}, indent=1))
    else:
        say(run_text(standing.record, standing.status, standing.note, steps=_shown(standing.record, options)))
    return ExitCode.OK


def _shown(record: RunRecord, options: argparse.Namespace) -> list[StepRecord | Folded]:
    from runnable.cli.folding import failed_only, folded

    steps = failed_only(record.steps.values()) if options.failed else list(record.steps.values())
    return list(steps) if options.all else folded(steps)
