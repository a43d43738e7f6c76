"""`runnable logs RUN [STEP]`: what steps have printed, of a recorded run or of a workflow on a cluster."""

from __future__ import annotations

import argparse
import sys
from typing import BinaryIO

from runnable.cli.options import RUN_HELP, add_cluster, add_store, chosen_objects, chosen_store
from runnable.cluster.objects import has_workflow
from runnable.cluster.run_status import Recorder
from runnable.diagnostics.errors import ExitCode, RecordUnusable
from runnable.diagnostics.terminal import flush, say, write_bytes
from runnable.runs.lookup import find_attempt, find_run, find_step
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.records.records import AttemptRecord, RunRecord, StepRecord

_BLOCK = 1 << 20
"""Bytes of a log that are printed at a time."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("logs", allow_abbrev=False)
    parser.add_argument("run_id", metavar="RUN", help=f"{RUN_HELP}; else the name of a workflow on a cluster")
    parser.add_argument("step", metavar="STEP", nargs="?", help="a step's path, or the end of it; all steps otherwise")
    parser.add_argument(
        "--attempt",
        type=int,
        metavar="N",
        help="which attempt, from 1; of a step the last one otherwise, of all steps all",
    )
    parser.add_argument("-f", "--follow", action="store_true", help="of a workflow: until it has ended")
    parser.add_argument("--cluster", action="store_true", help="RUN is a workflow, whatever is recorded here")
    add_store(parser)
    add_cluster(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the logs of a recorded run's steps, else of a workflow's."""
    if options.cluster or options.follow or options.namespace or options.context:
        return _of_workflow(options)
    store = chosen_store(options)
    try:
        run_id = find_run(store, options.run_id)
    except RecordUnusable:
        if not has_workflow(lambda: chosen_objects(options), options.run_id):
            raise
        return _of_workflow(options)
    return _of_record(options, store, run_id)


def _of_record(options: argparse.Namespace, store: RunLogStore, run_id: str) -> ExitCode:
    """Copy the logs to standard output, byte by byte; on a terminal what steers it is written out.

    That there is none is said on standard error.
    """
    record = store.read(run_id)
    if options.step is None:
        return _of_all(store, record, options.attempt)
    step = find_step(record, options.step)
    attempt = find_attempt(step, options.attempt)
    log = _opened(store, record, attempt)
    if log is None:
        return _missing(step, attempt)
    with log:
        if sys.stdout.isatty():
            _print_lines(log)
        else:
            for block in iter(lambda: log.read(_BLOCK), b""):
                write_bytes(block)
    flush()
    return ExitCode.OK


def _of_all(store: RunLogStore, record: RunRecord, number: int | None) -> ExitCode:
    """Print the logs of all steps in the order of the pipeline, each line after the path of its step."""
    code, printed = ExitCode.OK, False
    for step in record.steps.values():
        for attempt in step.attempts:
            if number not in (None, attempt.number):
                continue
            log = _opened(store, record, attempt)
            if log is not None:
                printed = True
                name = f"{step.path} ({attempt.number})" if len(step.attempts) > 1 else step.path
                with log:
                    _print_lines(log, f"{name} | ")
            elif attempt.log:
                code = _missing(step, attempt)
    flush()
    if not printed and code is ExitCode.OK:
        say(f"the run {record.run_id} has printed nothing", file=sys.stderr)
    return code


def _opened(store: RunLogStore, record: RunRecord, attempt: AttemptRecord) -> BinaryIO | None:
    return store.file(record.run_id, attempt.log) if attempt.log else None


def _missing(step: StepRecord, attempt: AttemptRecord) -> ExitCode:
    gone = f"the log {attempt.log} is no longer there" if attempt.log else "it printed nothing"
    say(f"{step.path}, attempt {attempt.number}, {attempt.status}: {gone}", file=sys.stderr)
    return ExitCode.RECORD if attempt.log else ExitCode.OK


def _print_lines(log: BinaryIO, prefix: str = "") -> None:
    """Print a log, each line after `prefix`; the last one is ended, if it is not, where there is one."""
    terminal = sys.stdout.isatty()
    for line in log:
        if prefix and not line.endswith(b"\n"):
            line += b"\n"
        if terminal:
            say(prefix + line.decode("utf-8", "replace"), end="")
        else:
            write_bytes(prefix.encode() + line)


def _of_workflow(options: argparse.Namespace) -> ExitCode:
    """Print the logs of the chosen steps; with --follow, until the workflow has ended, and end as it does."""
    from runnable.cluster.logs import Logs
    from runnable.cluster.steps import choose
    from runnable.cluster.view import view
    from runnable.cluster.watch import outcome

    recorder = Recorder(chosen_store(options))
    objects = chosen_objects(options)
    shown = view(objects.get("Workflow", options.run_id))
    chosen = choose(shown, options.step)
    logs = Logs(objects, chosen, prefixed=options.step is None, attempt=options.attempt)
    if not options.follow:
        logs.print_all(shown)
        return ExitCode.OK
    ended = logs.follow(options.run_id)
    recorder.ended(ended)
    return outcome(ended)
