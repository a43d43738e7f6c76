"""`runnable prune`: remove recorded runs, with their logs, and their files and objects in the catalog."""

from __future__ import annotations

import argparse
import json
import sys

from runnable.cli.options import add_context, add_store, named_configuration
from runnable.cli.runs import row, table
from runnable.cli.selecting import add_selection, count, selected, selection
from runnable.cluster.run_status import Standing
from runnable.configuration.project import recorded_project
from runnable.diagnostics.errors import ExitCode, RecordUnusable, RunnableError
from runnable.diagnostics.terminal import say
from runnable.runs.pruning import configuration_of, half_removed, remove
from runnable.runs.status import ON_ARGO, ON_KUBERNETES
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.records.records import Status

_UNDER_WAY = (str(Status.RUNNING), ON_ARGO, ON_KUBERNETES)
"""Statuses of runs that something may still write."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("prune", allow_abbrev=False)
    add_selection(parser, limit=False)
    parser.add_argument("--keep", type=count, default=0, metavar="N", help="of the runs that match, keep the newest N")
    parser.add_argument("--yes", action="store_true", help="remove them; without it they are only listed")
    add_store(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for other tools")
    add_context(parser)
    parser.set_defaults(run=run, limit=None)


def run(options: argparse.Namespace) -> ExitCode:
    """List the runs that match and are not under way; with --yes, remove them, and what was left half removed."""
    if selection(options).is_all and not options.keep:
        say(
            "runnable prune: say which runs: --older-than, --status, --pipeline, --tag, --since or --keep",
            file=sys.stderr,
        )
        return ExitCode.USAGE
    store, found = selected(options)
    found = found[options.keep :]
    under_way = [run_id for run_id, one in found if isinstance(one, Standing) and one.status in _UNDER_WAY]
    wanted = [(run_id, one) for run_id, one in found if run_id not in under_way]
    for run_id in under_way:
        say(f"notice: {run_id} is left alone: it may be under way", file=sys.stderr)
    if not options.yes:
        _list(options, wanted)
        return ExitCode.OK
    return _remove(options, store, wanted)


def _list(options: argparse.Namespace, wanted: list[tuple[str, Standing | RecordUnusable]]) -> None:
    rows = [row(run_id, standing) for run_id, standing in wanted]
    if options.format == "json":
        say(json.dumps(rows, indent=1))
        return
    if rows:
        say(table(rows))
    many = f"{len(rows)} run{'' if len(rows) == 1 else 's'}"
    say(f"{many} would be removed{', with --yes' if rows else ''}", file=sys.stderr)


def _remove(
    options: argparse.Namespace, store: RunLogStore, wanted: list[tuple[str, Standing | RecordUnusable]]
) -> ExitCode:
    """Remove each; what keeps one from being removed is reported, and does not keep the others."""
    named, root = named_configuration(options), recorded_project()
    recorded = {
        **{run_id: one.record.configuration if isinstance(one, Standing) else "" for run_id, one in wanted},
        **half_removed(store),
    }
    removed, code = [], ExitCode.OK
    for run_id, configuration in recorded.items():
        try:
            remove(store, run_id, configuration_of(configuration, named, root))
        except RunnableError as error:
            say(f"{error}\n = note: so the run {run_id} is not removed, or not all of it", file=sys.stderr)
            code = error.exit_code
            continue
        removed.append(run_id)
        if options.format == "text":
            say(f"removed {run_id}")
    if options.format == "json":
        say(json.dumps(removed, indent=1))
    else:
        say(f"removed {len(removed)} run{'' if len(removed) == 1 else 's'}", file=sys.stderr)
    return code
