"""A run with what comes after it: the exit handler and the notifications of its pipeline."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.diagnostics.codes.exits import ExitFailed
from runnable.diagnostics.colour import painted
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import RecordUnusable, RunInterrupted, RunnableError
from runnable.diagnostics.terminal import say
from runnable.executors.executor import Executor, RunRequest
from runnable.ir.at_exit import exit_program
from runnable.ir.nodes import Locks
from runnable.ir.unit import CompilationUnit

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord


def run_with_exits(executor: Executor, request: RunRequest, *, whole: bool = True) -> RunRecord | None:
    """Run the pipeline, then what comes after it, whatever has become of it; the record of all of it.

    A part of a pipeline, which is not the `whole` of it, has no end of its own. What fails after the run is a warning.
    Raises what `Executor.run` raises for the pipeline, and ConfigurationError, before anything runs, for what its end
    would need.
    """
    at_exit = _unit(request)
    if at_exit is None or not executor.waits or not whole:
        return executor.run(request)
    if not executor.exits:
        from runnable.execution.progress import choose_progress

        choose_progress().notice("this executor runs neither on_exit nor notify")
        return executor.run(request)
    at_exit = executor.prepare_exit(at_exit, request.configuration)
    try:
        record = executor.run(request)
    except RunInterrupted as error:
        stopped = _recorded(request, error.run_id)
        if stopped is not None:
            _run_exit(executor, request, at_exit, stopped)
        raise
    return None if record is None else _run_exit(executor, request, at_exit, record)


def _unit(request: RunRequest) -> CompilationUnit | None:
    """What runs after the pipeline, as one; its parameters are not known yet. It waits for no lock of a pipeline."""
    program = exit_program(request.unit.program)
    return None if program is None else replace(request.unit, program=replace(program, locks=Locks()))


def _recorded(request: RunRequest, run_id: str) -> RunRecord | None:
    from runnable.runs.stores.settings import open_store

    try:
        return open_store(request.configuration).read(run_id)
    except RecordUnusable:  # it was in memory only
        return None


def _run_exit(executor: Executor, request: RunRequest, at_exit: CompilationUnit, record: RunRecord) -> RunRecord:
    from runnable.execution.exits import Ended, facts, with_exits
    from runnable.execution.summary import causes
    from runnable_runtime.records.records import Status

    program = replace(at_exit.program, parameters={**at_exit.program.parameters, **facts(record)})
    ended = Ended(record, len(request.unit.program.graph.nodes))
    after = replace(
        request, unit=replace(at_exit, program=program), run_id=record.run_id, ended=ended, resumption=None, stream=None
    )
    try:
        done = executor.run(after)
    except RunnableError as error:
        _warn(record, str(error).removeprefix("error: ").partition("\n")[0])
        return record
    if done is None:
        return record
    if done.status is not Status.SUCCEEDED:
        first = next(iter(causes(done)), None)
        _warn(record, f"{first.path}: {first.message}" if first else done.message)
    return with_exits(ended, done)


def _warn(record: RunRecord, reason: str) -> None:
    warning: Diagnostic = ExitFailed(run_id=record.run_id, reason=reason)
    say(painted(warning.render(), sys.stderr), file=sys.stderr)
