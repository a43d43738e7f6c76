"""One attempt at a task, as the scheduler starts and records it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from runnable.execution.launcher import TaskEnd, TaskStart
from runnable.execution.log_file import LogFile, ends_a_line
from runnable.execution.waiting import Job
from runnable.ir.amounts import at_attempt, parameters_of
from runnable.ir.options import Options
from runnable.semantics.fan_out_run import lists_around
from runnable_runtime.deferred import changed
from runnable_runtime.protocol import Json
from runnable_runtime.records.file_names import log_name, notebook_name
from runnable_runtime.records.records import AttemptRecord, StepRecord
from runnable_runtime.records.times import now, seconds_between
from runnable_runtime.redaction import Redactor


def present_options(job: Job) -> Options:
    """The task's options, with what of its resources is known only now, and the image that a parameter names.

    What is no image is left to the launcher to refuse.
    """
    names = parameters_of(job.task.options.resources)
    values = {name: value for name in names for found, value in [job.scope.get(name)] if found}
    options = at_attempt(job.task.options, job.attempt, values)
    if not job.task.image_from:
        return options
    _, value = job.scope.get(job.task.image_from)
    return replace(options, image=value if isinstance(value, str) else json.dumps(value, default=str))


def ended_step(
    step: StepRecord, job: Job, end: TaskEnd, redactor: Redactor, report: Callable[[str], None], *, final: bool
) -> tuple[StepRecord, tuple[str, ...]]:
    """The step as it is now that an attempt has ended, `final` if with that; and the files of the attempt."""
    ended = end.outcome.ended or now()
    logged = _log_trace(end.task, redactor.message(end.outcome.trace), report) or end.logged
    last = step.attempts[-1]
    attempt = _ended_attempt(last, job, end, ended, logged=logged, redactor=redactor)
    attempts = (*step.attempts[:-1], attempt)
    started = attempt.started if step.started == last.started else step.started
    if final:
        status, message = end.outcome.status, attempt.message
        step = changed(step, attempts=attempts, status=status, message=message, started=started, ended=ended)
    else:
        step = changed(step, attempts=attempts, started=started)
    return step, tuple(file for file in (attempt.log, attempt.notebook) if file)


def _ended_attempt(
    attempt: AttemptRecord, job: Job, end: TaskEnd, ended: str, *, logged: bool, redactor: Redactor
) -> AttemptRecord:
    """The record of an attempt that has ended at the time `ended`; `logged`: it has a log."""

    def without_secrets(values: Mapping[str, Json]) -> Mapping[str, Json]:
        # What holds a secret is not what it was, and cannot be resumed from.
        return redactor.json(dict(values)) if redactor else values

    task, outcome = end.task, end.outcome
    started, waited = attempt.started, attempt.waited
    if job.ahead and outcome.began:
        started, waited = outcome.began, round((waited or 0.0) + max(0.0, seconds_between(started, outcome.began)), 6)
    return changed(
        attempt,
        status=outcome.status,
        started=started,
        waited=waited,
        ended=ended,
        inputs=without_secrets(_recorded(job, task.parameters, outcome.inputs)),
        outputs=without_secrets(outcome.outputs),
        metrics=outcome.metrics,
        files=outcome.files,
        depends=outcome.depends,
        reused=outcome.reused,
        used=outcome.used,
        machine=outcome.machine,
        message=redactor.message(outcome.message),
        trace=redactor.message(outcome.trace),
        log=log_name(task.path, task.attempt) if logged else None,
        notebook=notebook_name(task.path, task.attempt) if task.notebook and task.notebook.exists() else None,
    )


def _log_trace(task: TaskStart, trace: str, report: Callable[[str], None]) -> bool:
    """Add the traceback to the attempt's log, after what the task has printed; whether that was done."""
    if not trace:
        return False
    log = LogFile(task.log, report)
    before = "" if task.log is None or ends_a_line(task.log) else "\n"
    log.write(f"{before}{trace.rstrip()}\n".encode("utf-8", "backslashreplace"))
    log.close()
    return log.written


def _recorded(job: Job, parameters: Mapping[str, Json], names: Iterable[str]) -> dict[str, Json]:
    """The inputs to record of those that `names` are the names of.

    A task that is given all that is visible is given the lists that the maps around it run over, too. These are left
    out: each item has its own entry, and the whole list with every item would grow with the square of its length.
    """
    found = {name: parameters[name] for name in names if name in parameters}
    if job.task.reads.everything:
        for name, items in lists_around(job.graph):
            if found.get(name) is items and name not in (*job.task.reads.required, *job.task.reads.optional):
                del found[name]
    return found
