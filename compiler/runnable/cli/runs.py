"""`runnable runs`: the runs that are recorded, newest first."""

from __future__ import annotations

import argparse
import json

from runnable.cli.options import add_context, add_store, chosen_store
from runnable.cluster.run_status import Standing, standings
from runnable.diagnostics.errors import ExitCode, RecordUnusable
from runnable.runs.lookup import newest_first
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord

_TITLES = ("RUN", "STATUS", "PIPELINE", "STARTED", "DURATION", "TAG")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("runs", allow_abbrev=False)
    add_store(parser)
    parser.add_argument("-n", "--limit", type=int, metavar="N", help="only the newest N")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for other tools")
    add_context(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print a line for each run; a record that cannot be read is listed as unreadable."""
    store = chosen_store(options)
    newest = newest_first(store)[: options.limit]
    known = standings(store, [header for _, header in newest if isinstance(header, RunRecord)], options.context)
    rows = [
        _unreadable(run_id, header) if isinstance(header, RecordUnusable) else _row(known[run_id])
        for run_id, header in newest
    ]
    if options.format == "json":
        print(json.dumps(rows, indent=1))
    elif rows:
        print(_table(rows))
    else:
        print(f"no runs in {store.name}")
    return ExitCode.OK


def _unreadable(run_id: str, error: RecordUnusable) -> dict[str, Json]:
    return {"run_id": run_id, "status": "unreadable", "message": str(error)}


def _row(standing: Standing) -> dict[str, Json]:
    header = standing.record
    return {
        "run_id": header.run_id,
        "status": standing.status,
        "pipeline": header.pipeline,
        "started": header.started,
        "ended": header.ended,
        "seconds": header.seconds if header.ended else None,
        "tag": header.tag,
        "message": header.message,
        **({"damage": list(header.damage)} if header.damage else {}),
    }


def _table(rows: list[dict[str, Json]]) -> str:
    from runnable.cli.record_text import local_time, printable
    from runnable.execution.progress.text import duration

    cells: list[tuple[str, ...]] = [_TITLES]
    for row in rows:
        took = "" if row.get("seconds") is None else duration(row["seconds"])
        started = local_time(row["started"]) if "started" in row else ""
        shown = (row["run_id"], row["status"], row.get("pipeline", ""), started, took, row.get("tag", ""))
        cells.append(tuple(map(printable, shown)))
    widths = [max(len(line[column]) for line in cells) for column in range(len(_TITLES))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)
