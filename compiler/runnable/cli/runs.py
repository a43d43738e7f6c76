"""`runnable runs`: the runs that are recorded, newest first."""

from __future__ import annotations

import argparse
import json

from runnable.cli.options import add_context, add_store
from runnable.cli.selecting import UNREADABLE, add_selection, selected, selection
from runnable.cluster.run_status import Standing
from runnable.diagnostics.errors import ExitCode, RecordUnusable
from runnable.diagnostics.terminal import say
from runnable_runtime.protocol import Json

_TITLES = ("RUN", "STATUS", "PIPELINE", "STARTED", "DURATION", "TAG")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("runs", allow_abbrev=False)
    add_store(parser)
    add_selection(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for other tools")
    add_context(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print a line for each run; a record that cannot be read is listed as unreadable."""
    store, found = selected(options)
    rows = [row(run_id, standing) for run_id, standing in found]
    if options.format == "json":
        say(json.dumps(rows, indent=1))
    elif rows:
        say(table(rows))
    else:
        say(f"no {'such ' if not selection(options).is_all else ''}runs in {store.name}")
    return ExitCode.OK


def row(run_id: str, standing: Standing | RecordUnusable) -> dict[str, Json]:
    """A run as it is listed."""
    if isinstance(standing, RecordUnusable):
        return {"run_id": run_id, "status": UNREADABLE, "message": str(standing)}
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


def table(rows: list[dict[str, Json]]) -> str:
    """Runs as lines for people."""
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
