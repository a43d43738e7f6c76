"""`runnable resources RUN|PIPELINE`: requests and limits for its steps, by what their attempts have used."""

from __future__ import annotations

import argparse
import json

from runnable.cli.options import RUN_HELP, add_store, chosen_store
from runnable.cli.selecting import count
from runnable.diagnostics.errors import ExitCode, RecordUnusable
from runnable.diagnostics.terminal import say, write_document
from runnable.runs.lookup import find_run, newest_first
from runnable.runs.stores.store import RunLogStore
from runnable.sizing.suggest import Suggestion
from runnable_runtime.records.records import RunRecord

_LAST = 10


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("resources", allow_abbrev=False)
    parser.add_argument("run_id", metavar="RUN|PIPELINE", help=f"{RUN_HELP}; or the name of a pipeline that has runs")
    parser.add_argument(
        "pipeline",
        metavar="FILE[:NAME]",
        nargs="?",
        default="",
        help="of --patch: the pipeline's file, else the run's",
    )
    parser.add_argument(
        "--last", type=count, default=_LAST, metavar="N", help=f"how many runs of the pipeline count: {_LAST}"
    )
    add_store(parser)
    parser.add_argument("--patch", action="store_true", help="print a patch of the pipeline's file, for `git apply`")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for other tools")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print what each step is to have, and why."""
    from runnable.sizing.peaks import peaks
    from runnable.sizing.suggest import suggestion

    store = chosen_store(options)
    records = _records(store, options.run_id, options.last)
    found = [suggestion(path, one) for path, one in peaks(records).items()]
    if options.patch:
        return _patch(options.pipeline, records[0], found)
    if options.format == "json":
        runs = [record.run_id for record in records]
        say(json.dumps({"runs": runs, "rules": _rules(), "steps": [one.to_json() for one in found]}, indent=1))
    else:
        say(_text(records, found))
    return ExitCode.OK


def _patch(pipeline: str, record: RunRecord, found: list[Suggestion]) -> ExitCode:
    """Print the suggestions as a patch of the file that the newest run was of; on stderr what it does not have."""
    import sys
    from pathlib import Path

    from runnable.frontend.loading import load
    from runnable.ir.walk import tasks
    from runnable.runs.lookup import find_pipeline
    from runnable.sizing.patch import Wanted, patch, patched
    from runnable.sizing.suggest import widest

    unit = load(pipeline or find_pipeline(record.source, "resources", record.run_id)).unit
    spans = {path: task.span for path, task in tasks(unit.program.graph)}
    wanted: dict[str, dict[int, Wanted]] = {}
    left = [one.path for one in found if one.resources and spans.get(one.path) is None]
    for one in found:
        span = spans.get(one.path)
        if not one.resources or span is None:
            continue
        lines = wanted.setdefault(span.file, {})
        before = lines.get(span.line)  # one step may be in several places
        resources = one.resources if before is None else widest(before.resources, one.resources)
        lines[span.line] = Wanted(one.path.rpartition(".")[2], span.line, resources)
    for file, lines in wanted.items():
        source = Path(file).read_text(encoding="utf-8")
        changed, unclear = patched(source, lines.values())
        left += [one.name for one in unclear]
        name = Path(file).resolve()
        root = Path(unit.program.root).resolve()
        shown = name.relative_to(root).as_posix() if name.is_relative_to(root) else name.as_posix()
        write_document(patch(source, changed, shown))
    for path in left:
        say(f"not in the patch, as it is not clear where to write it: {path}", file=sys.stderr)
    return ExitCode.OK


def _records(store: RunLogStore, wanted: str, last: int) -> list[RunRecord]:
    """The newest runs of the pipeline that is meant, and the run that is named, newest first; what cannot be read not.

    Raises RecordUnusable if no run and no pipeline is meant.
    """
    headers = [(run_id, header) for run_id, header in newest_first(store) if isinstance(header, RunRecord)]
    named = "" if any(header.pipeline == wanted for _, header in headers) else find_run(store, wanted)
    pipeline = store.header(named).pipeline if named else wanted
    chosen = [run_id for run_id, header in headers if header.pipeline == pipeline][:last]
    found = []
    for run_id in dict.fromkeys([*([named] if named else []), *chosen]):
        try:
            found.append(store.read(run_id))
        except RecordUnusable:
            if run_id == named:
                raise
    return sorted(found, key=lambda record: record.started, reverse=True)


def _rules() -> str:
    from runnable.sizing.suggest import CPU_PERCENTILE, CPU_ROOM, MEMORY_ROOM

    return (
        f"memory: the largest peak and {MEMORY_ROOM} % more; "
        f"cpu: what {CPU_PERCENTILE} of 100 attempts used on average, and {CPU_ROOM} % more"
    )


def _text(records: list[RunRecord], found: list[Suggestion]) -> str:
    from runnable.cli.record_text import printable
    from runnable.cli.usage_text import size

    runs = f"{len(records)} run{'' if len(records) == 1 else 's'}"
    lines = [f"{records[0].pipeline}: {runs}, the newest one {records[0].run_id}"]
    if not found:
        return printable("\n".join([*lines, "no attempt has recorded what it used"]))
    rows = [("STEP", "ATTEMPTS", "PEAK", "PROCESSORS", "MEMORY", "CPU", "")]
    for one in found:
        peak = "" if one.peak is None else size(one.peak)
        used = "" if one.processors is None else f"{one.processors:.2f}"
        memory = "" if one.memory is None else f"{one.memory}Mi"
        cpu = "" if one.cpu is None else f"{one.cpu}m"
        rows.append((one.path, str(one.attempts), peak, used, memory, cpu, "; ".join(one.notes)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    options = [f"{one.path}: resources={json.dumps(one.resources)}" for one in found if one.resources]
    return printable("\n".join([*lines, _rules(), "", *table, "", *options]))
