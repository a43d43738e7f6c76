"""`runnable report RUN [OTHER]`: a run as one HTML file, and what differs from another run."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.cli.options import RUN_HELP, add_context, add_store, chosen_objects, chosen_store, named_configuration
from runnable.cli.report_of_workflow import named_in, report_of_workflow
from runnable.cluster.run_status import standings
from runnable.configuration.project import recorded_project
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say, write_document
from runnable.report.sizes import read_size
from runnable.runs.lookup import find_run
from runnable.runs.status import as_killed

if TYPE_CHECKING:
    from runnable.runs.stores.store import RunLogStore
    from runnable_runtime.records.records import RunRecord


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("report", allow_abbrev=False)
    parser.add_argument("run_id", metavar="RUN", help=RUN_HELP)
    parser.add_argument("other", metavar="RUN", nargs="?", help="an earlier run to compare it with")
    parser.add_argument(
        "-o", "--output", metavar="FILE", default="", help="the file to write, `-` for standard output; report-RUN.html"
    )
    parser.add_argument("--open", action="store_true", help="open it in the browser")
    parser.add_argument(
        "--logs",
        choices=("failed", "all", "none"),
        default="failed",
        help="whose logs are in it: the ends of those that failed, all, or none",
    )
    parser.add_argument("--no-values", action="store_true", help="leave out the values of parameters, and pictures")
    parser.add_argument(
        "--max-size", metavar="SIZE", type=_size, default="20MB", help="how large the file may become, 20MB otherwise"
    )
    add_store(parser)
    parser.add_argument("--in-pod", metavar="STATUS", default="", help=argparse.SUPPRESS)
    parser.add_argument(
        "-n",
        "--namespace",
        default="",
        help="RUN is a workflow in this namespace, and its status says what no record does",
    )
    add_context(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Write the report, and say where it is."""
    from runnable.report.attachments import Logs
    from runnable.report.catalog import catalog_of
    from runnable.report.writing import Wanted, report

    if options.in_pod:
        from runnable.driver.reporting_in_pod import report_in_pod

        return _written(report_in_pod(options.run_id, options.in_pod), options)
    store = chosen_store(options)
    if options.namespace:
        from runnable.cluster.view import view

        objects = chosen_objects(options)
        text = report_of_workflow(view(objects.get("Workflow", options.run_id)), objects, store, options)
        return _written(text, options)
    record = named_in(_read(store, options.run_id, options), options)
    other = _read(store, options.other, options) if options.other else None
    wanted = Wanted(logs=Logs(options.logs), values=not options.no_values, largest=options.max_size)
    catalog = catalog_of(record, named_configuration(options), recorded_project())
    text = report(record, lambda name: store.file(record.run_id, name), wanted, other=other, catalog=catalog)
    return _written(text, options, record.run_id)


def _written(text: str, options: argparse.Namespace, run_id: str = "") -> ExitCode:
    if options.output == "-":
        write_document(text)
        return ExitCode.OK
    from runnable.report.writing import write

    file = Path(options.output or f"report-{run_id or options.run_id}.html")
    write(file, text)
    say(f"wrote {file}", file=sys.stderr)
    if options.open:
        import webbrowser

        webbrowser.open(file.resolve().as_uri())
    return ExitCode.OK


def _read(store: RunLogStore, named: str, options: argparse.Namespace) -> RunRecord:
    """The record of a run, with what its workflow's status knows beside where pods wrote it.

    Of a run whose process was killed it says so, as `show` does: nobody has written how that ended.
    """
    record = store.read(find_run(store, named))
    standing = standings(store, [record], options.context, ended=True)[record.run_id]
    if standing.status == "killed":
        return as_killed(standing.record)
    return replace(standing.record, message=standing.record.message or standing.note)


def _size(text: str) -> int:
    try:
        return read_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
