"""The arguments that select recorded runs, for `runs` and `prune`, and the runs that they select."""

from __future__ import annotations

import argparse
from datetime import datetime

from runnable.cli.options import chosen_store
from runnable.cluster.run_status import GONE, Standing, standings
from runnable.diagnostics.errors import RecordUnusable
from runnable.runs.lookup import newest_first
from runnable.runs.selection import Selection, moment
from runnable.runs.status import ON_ARGO, ON_KUBERNETES
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.records.records import RunRecord, Status

UNREADABLE = "unreadable"
STATUSES = (
    *(str(one) for one in (Status.RUNNING, Status.SUCCEEDED, Status.FAILED, Status.INTERRUPTED)),
    "killed",
    ON_ARGO,
    ON_KUBERNETES,
    GONE,
    UNREADABLE,
)
"""What a run's status can be shown as."""


def add_selection(parser: argparse.ArgumentParser, *, limit: bool = True) -> None:
    """The arguments; without `limit`, all but that one."""
    parser.add_argument(
        "--status",
        action="append",
        default=[],
        choices=STATUSES,
        metavar="STATUS",
        help=f"only runs with this status; repeatable: {', '.join(STATUSES)}",
    )
    parser.add_argument(
        "--pipeline",
        action="append",
        default=[],
        metavar="NAME",
        help="only runs of this pipeline; `*` stands for any text",
    )
    parser.add_argument(
        "--tag", action="append", default=[], metavar="TAG", help="only runs with this tag; `*` stands for any text"
    )
    parser.add_argument(
        "--since",
        type=_moment,
        metavar="WHEN",
        help="only runs that started since: an age (30m, 12h, 7d, 2w) or a date",
    )
    parser.add_argument(
        "--older-than", type=_moment, metavar="WHEN", help="only runs that started before: an age or a date"
    )
    if limit:
        parser.add_argument("-n", "--limit", type=count, metavar="N", help="only the newest N of them")


def selection(options: argparse.Namespace) -> Selection:
    """What the arguments say, but for the limit."""
    return Selection(
        statuses=options.status,
        pipelines=options.pipeline,
        tags=options.tag,
        since=options.since,
        before=options.older_than,
    )


def selected(options: argparse.Namespace) -> tuple[RunLogStore, list[tuple[str, Standing | RecordUnusable]]]:
    """The store, and the runs that the arguments select, newest first, with how they stand, or why that is not known.

    Those whose record cannot be read come last, and match no more than a status.
    """
    store, wanted = chosen_store(options), selection(options)
    entries = [(run_id, header) for run_id, header in newest_first(store) if _may_match(header, wanted)]
    if not wanted.statuses:
        entries = entries[: options.limit]
    known = standings(store, [header for _, header in entries if isinstance(header, RunRecord)], options.context)
    found: list[tuple[str, Standing | RecordUnusable]] = []
    for run_id, header in entries:
        standing = header if isinstance(header, RecordUnusable) else known[run_id]
        if wanted.has_status(UNREADABLE if isinstance(standing, RecordUnusable) else standing.status):
            found.append((run_id, standing))
    return store, found[: options.limit]


def _may_match(header: RunRecord | RecordUnusable, wanted: Selection) -> bool:
    if isinstance(header, RunRecord):
        return wanted.has(header)
    return wanted.is_all or UNREADABLE in wanted.statuses


def _moment(text: str) -> datetime:
    try:
        return moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def count(text: str) -> int:
    """A number of runs, of an argument."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of runs")
    return int(text)
