"""A worker: a process of the keeper's that runs tasks, its output going into pipes, and reports what became of each.

It takes another task only if the one before has left nothing behind (`traces`). Else it does first, before it reports,
what an interpreter does at its end: it waits for the task's threads, calls what is registered with `atexit`, and writes
what is buffered. What goes wrong then is the task's failure, not a later one's.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any, NamedTuple, NoReturn

from runnable.execution.launcher import Outcome, TaskStart
from runnable.executors.local.calls import Functions, attempt
from runnable.executors.local.traces import Traces
from runnable.executors.local.worker_messages import Inbox, decode_task, encode_task
from runnable.executors.local.worker_reports import Report, encode, send, unread, wait_until_read
from runnable.executors.local.worker_streams import print_into
from runnable.ir.nodes import PythonCall
from runnable.ir.options import NO_OPTIONS
from runnable_runtime.deferred import changed
from runnable_runtime.failures import Stopped
from runnable_runtime.garbage import seldom
from runnable_runtime.process.ending import end_work, flush, may_be_unwritten, open_files
from runnable_runtime.process.forking import fresh_random_numbers
from runnable_runtime.process.meter import Meter
from runnable_runtime.protocol import INSIDE_TASK, ReturnSpec, TaskSpec
from runnable_runtime.records.records import Status
from runnable_runtime.records.times import now
from runnable_runtime.stores.storage import ON_THIS_MACHINE, Storage
from runnable_runtime.task import load as load_kind
from runnable_runtime.tasks.python import extend_path

STOPPED = 128 + signal.SIGTERM
_PROCESSES_GRACE = 4.0
"""Seconds that a task's own processes get to end when the worker is stopped; fewer than the worker itself gets."""


def load(modules: Sequence[Sequence[Any]]) -> None:
    """Import what tasks of a run need: each of `modules` is a project, an import path and a module's name.

    What cannot be imported is left to the task, whose failure it is.
    """
    os.environ[INSIDE_TASK] = "1"
    load_kind("python")
    for ours in ("ctypes", "runnable_runtime.stores.settings", "traceback"):  # what workers import when they need it
        __import__(ours)
    if not modules:
        _practise(Path(sys.path[0])).put_back(last=True)
    for project, import_path, module in modules:
        _projects.append(Path(project))
        extend_path(Path(project), tuple(import_path))
        with suppress(Exception), seldom():
            __import__(module)


_projects: list[Path] = []
"""Of the modules that were imported before this process was born."""


def _practise(project: Path) -> Traces:
    """Do once what a worker does with each task, so that what is made, or touched, when it is first used is there.

    What this process has before a task of `project`.
    """
    start = TaskStart(
        action=PythonCall(__name__, _same.__name__),
        spec=TaskSpec("python", f"{__name__}:{_same.__name__}", returns=(ReturnSpec("x"),)),
        attempt=1,
        parameters={"x": 1},
        environment={},
        project=project,
        options=NO_OPTIONS,
        storage=Storage(limits=ON_THIS_MACHINE),
    )
    start, _ = decode_task(encode_task(start, {}))
    meter = Meter()
    outcome = attempt(start, {})
    traces = Traces(project)
    traces.left()
    traces.put_back()
    encode(_report(Meter(after=meter), outcome, _Begun(now(), monotonic()), again=True))
    return traces


def _same(x: int) -> int:
    return x


def work(files: list[int]) -> NoReturn:
    """Be the worker. `files`: a socket for outcomes and further tasks, standard output and error, and the first task's.

    One that is born before there is a task waits for its first, too. Raises SystemExit where Python is to take
    everything apart, as a file that is open may not be written whole.
    """
    control, stdout, stderr, *first = files
    code, before = 1, open_files()
    meter: Meter | None = None
    try:
        print_into(stdout, stderr)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, _stop)
        process = os.getpid()
        inbox = Inbox(socket.socket(fileno=control))
        traces = None if first else _practise(_projects[-1] if _projects else Path(sys.path[0]))
        start, functions = (inbox.first(first[0]) if first else inbox.next()) or os._exit(0)
        while True:
            _settle(start)
            traces = _traces(start, traces)
            before = open_files() if traces is None else traces.files
            began, meter = _Begun(now(), monotonic()), Meter(after=meter)
            outcome = _outcome(start, functions)
            if os.getpid() != process:
                break
            if traces is None or outcome.status is not Status.SUCCEEDED or traces.left():
                end_work()
                send(control, _report(meter, outcome, began, again=False))
                code = 0
                break
            flush()
            traces.put_back()
            report = _report(meter, outcome, began, again=True)
            send(control, report)
            printed = any(report.unread or ())
            del start, functions, outcome, report
            start, functions = inbox.next() or os._exit(0)
            if printed:
                wait_until_read()
    except Stopped:
        code = STOPPED
    except BaseException:
        import traceback

        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    if code == 0 and may_be_unwritten(before):
        raise SystemExit(0)
    os._exit(code)


class _Begun(NamedTuple):
    """When a task has begun, as records have it, and on the clock that nobody sets."""

    time: str
    moment: float


def _report(meter: Meter, outcome: Outcome, begun: _Begun, *, again: bool) -> Report:
    return Report(
        outcome=changed(outcome, used=meter.read(), began=begun.time, ended=now()),
        again=again,
        unread=unread(),
        seconds=round(monotonic() - begun.moment, 6),
    )


def can_be_followed(task: TaskStart) -> bool:
    """Whether a worker may have run, or may run, another task than `task`: it has neither secrets nor children."""
    return task.spec.kind in ("python", "reduce") and not task.spec.secrets


def _traces(task: TaskStart, last: Traces | None) -> Traces | None:
    """What there is before `task`; None if no other task may follow it. `last` was found to be as it had been."""
    if not can_be_followed(task):
        return None
    if last is not None and last.project == task.project:
        last.again()
        return last
    return Traces(task.project)


def _settle(task: TaskStart) -> None:
    """Have what is this task's own: random numbers, not those that the nursery had, and a mark for the SDK."""
    if task.spec.kind in ("python", "reduce"):
        os.environ[INSIDE_TASK] = "1"  # `execute()` of a script that is imported does nothing, as in a pod
    else:
        os.environ.pop(INSIDE_TASK, None)
    fresh_random_numbers()


def _outcome(task: TaskStart, functions: Functions) -> Outcome:
    try:
        outcome = attempt(task, functions)
    except KeyboardInterrupt:
        outcome = Outcome(status=Status.FAILED, inputs=tuple(task.parameters), message="KeyboardInterrupt")
    return outcome


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, _stop_at_once)
    raise Stopped(STOPPED, _PROCESSES_GRACE)


def _stop_at_once(number: int, frame: FrameType | None) -> None:
    """Cut short the clean-up that the first request began: the worker is about to be killed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped(STOPPED, 0.0)
