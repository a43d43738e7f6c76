"""`runnable fsck [RUN …] [--repair]`: whether records are whole, and what of the damaged ones can be saved."""

from __future__ import annotations

import argparse
import sys

from runnable.cli.options import add_store, chosen_store
from runnable.diagnostics.errors import ExitCode, RecordUnusable
from runnable.diagnostics.terminal import say
from runnable.runs.lookup import find_run
from runnable.runs.stores.store import Repairs, RunLogStore


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("fsck", help="check records for damage", allow_abbrev=False)
    parser.add_argument("run_ids", metavar="RUN", nargs="*", help="the runs to check; all of them otherwise")
    parser.add_argument(
        "--repair", action="store_true", help="write damaged records anew from what is whole; the damaged ones are kept"
    )
    add_store(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print what is damaged; the exit code is 8 if something is, and was not repaired."""
    from runnable.cli.record_text import printable

    store = chosen_store(options)
    wanted = [find_run(store, run_id) for run_id in options.run_ids] or store.runs()
    damaged = {run_id: found for run_id in wanted if (found := _damage(store, run_id))}
    left = 0
    for run_id, found in damaged.items():
        say(printable("\n".join([f"{run_id}:", *(f"  {text}" for text in found)])))
        repaired = _repaired(store, run_id) if options.repair else ""
        left += not repaired
        if repaired:
            say(printable(f"  repaired: {repaired}"))
    say(f"{len(wanted)} runs, {len(damaged)} damaged, {len(damaged) - left} repaired")
    if left and not options.repair and isinstance(store, Repairs):
        say("`runnable fsck --repair` writes them anew from what is whole", file=sys.stderr)
    return ExitCode.RECORD if left else ExitCode.OK


def _damage(store: RunLogStore, run_id: str) -> tuple[str, ...]:
    try:
        return store.read(run_id).damage
    except RecordUnusable as error:
        return tuple(d.message for d in error.diagnostics)


def _repaired(store: RunLogStore, run_id: str) -> str:
    """What was done; empty, and said, if it could not be."""
    if not isinstance(store, Repairs):
        say(f"  not repaired: {store.name} cannot be repaired", file=sys.stderr)
        return ""
    try:
        kept = store.repair(run_id)
    except RecordUnusable as error:
        say("".join(f"  not repaired: {d.message}\n" for d in error.diagnostics), end="", file=sys.stderr)
        return ""
    steps = len(store.read(run_id).steps)
    return f"{steps} steps are whole; what was damaged is in {kept}"
