"""A worker: a process of the keeper's that runs one task, its output going into pipes, reports the outcome and ends.

Before it reports, it does what an interpreter does at its end: it waits for the task's threads, calls what is
registered with `atexit`, and writes what is buffered. What goes wrong then is the task's failure, not a later one's.
"""

from __future__ import annotations

import atexit
import faulthandler
import io
import json
import os
import pickle
import random
import signal
import stat
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn, TextIO

from runnable.execution.launcher import Outcome, TaskStart
from runnable.executors.local.calls import Functions, attempt
from runnable_runtime.failures import Stopped
from runnable_runtime.protocol import INSIDE_TASK
from runnable_runtime.records.records import Status
from runnable_runtime.task import load as load_kind
from runnable_runtime.tasks.python import extend_path
from runnable_runtime.values.parameters import decode_lines, encode_lines

STOPPED = 128 + signal.SIGTERM
_PROCESSES_GRACE = 4.0
"""Seconds that a task's own processes get to end when the worker is stopped; fewer than the worker itself gets."""


def load(modules: Sequence[Sequence[Any]]) -> None:
    """Import what tasks of a run need: each of `modules` is a project, an import path and a module's name.

    What cannot be imported is left to the task, whose failure it is.
    """
    from pathlib import Path

    os.environ[INSIDE_TASK] = "1"
    for kind in ("python", "shell"):
        load_kind(kind)
    for ours in ("cloudpickle", "ctypes", "traceback"):  # what workers import when they need it
        __import__(ours)
    for project, import_path, module in modules:
        extend_path(Path(project), tuple(import_path))
        with suppress(Exception):
            __import__(module)


def work(files: list[int]) -> NoReturn:
    """Be the worker: `files` are the ends to write the outcome, standard output and error to, and one to read from.

    Raises SystemExit where Python is to take everything apart, as a file that is open may not be written whole.
    """
    report, stdout, stderr, task = files
    code, before = 1, _open_files()
    try:
        _print_into(stdout, stderr)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, _stop)
        start, functions = _read(task)
        _settle(start)
        process, before = os.getpid(), _open_files()
        outcome = _outcome(start, functions)
        if os.getpid() == process:
            _end_work()
            _report(report, outcome)
            code = 0
    except Stopped:
        code = STOPPED
    except BaseException:
        import traceback

        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    if code == 0 and _may_be_unwritten(before):
        raise SystemExit(0)
    os._exit(code)


def _settle(task: TaskStart) -> None:
    """Have what is this task's own: random numbers, not those that the nursery had, and a mark for the SDK."""
    if task.spec.kind in ("python", "reduce"):
        os.environ[INSIDE_TASK] = "1"  # `execute()` of a script that is imported does nothing, as in a pod
    else:
        os.environ.pop(INSIDE_TASK, None)
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def encode_task(task: TaskStart, functions: Functions) -> bytes:
    """`task`, with the functions that a worker cannot import, for another process.

    Raises whatever pickling them raises.
    """
    import cloudpickle

    return pickle.dumps((task, cloudpickle.dumps(functions) if functions else b""), protocol=5)


def _read(descriptor: int) -> tuple[TaskStart, Mapping[str, Callable[..., object]]]:
    with open(descriptor, "rb") as file:
        file.seek(0)
        task, functions = pickle.load(file)  # noqa: S301 - the run has written it
    return task, pickle.loads(functions) if functions else {}  # noqa: S301


def _outcome(task: TaskStart, functions: Functions) -> Outcome:
    try:
        outcome = attempt(task, functions)
    except KeyboardInterrupt:
        outcome = Outcome(status=Status.FAILED, inputs=tuple(task.parameters), message="KeyboardInterrupt")
    return outcome


def _end_work() -> None:
    """What Python does at the end of a process, as far as the task can see it."""
    getattr(threading, "_shutdown")()  # noqa: B009 - waits for threads, and calls what they have registered
    getattr(atexit, "_run_exitfuncs")()  # noqa: B009
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()


def _open_files() -> set[tuple[int, int, int]]:
    """The descriptors that are open, and what they lead to; nothing where the system does not say."""
    found = set()
    with suppress(OSError):
        for name in os.listdir("/dev/fd"):  # noqa: PTH208 - with every task
            with suppress(OSError):  # that of the list itself
                status = os.fstat(int(name))
                found.add((int(name), status.st_dev, status.st_ino))
    return found


def _may_be_unwritten(before: set[tuple[int, int, int]]) -> bool:
    """Whether a file is open that the task has opened, or that was open to be written `before` it."""
    return any(one not in before or _is_written(one[0]) for one in _open_files())


def _is_written(descriptor: int) -> bool:
    import fcntl

    with suppress(OSError):
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        return flags & os.O_ACCMODE != os.O_RDONLY and stat.S_ISREG(os.fstat(descriptor).st_mode)
    return False


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, _stop_at_once)
    raise Stopped(STOPPED, _PROCESSES_GRACE)


def _stop_at_once(number: int, frame: FrameType | None) -> None:
    """Cut short the clean-up that the first request began: the worker is about to be killed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped(STOPPED, 0.0)


def _print_into(stdout: int, stderr: int) -> None:
    """Have the pipes as the standard streams, for Python and for all that writes to descriptors 1 and 2."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, standard in ((nothing, 0), (stdout, 1), (stderr, 2)):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - a descriptor, for the rest of this process
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _text(1), _text(2)
    for name in ("stdout", "stderr"):
        setattr(sys, f"__{name}__", getattr(sys, name))
    _point_logging_at(before)
    faulthandler.enable(2)


def _point_logging_at(before: tuple[Any, Any]) -> None:
    logging = sys.modules.get("logging")
    if logging is None:
        return
    for logger in (logging.root, *list(logging.root.manager.loggerDict.values())):
        for handler in getattr(logger, "handlers", ()):
            held = getattr(handler, "stream", None)
            if held is not None and held in before:
                handler.stream = sys.stdout if held is before[0] else sys.stderr


def _text(descriptor: int) -> TextIO:
    binary = io.BufferedWriter(io.FileIO(descriptor, "w", closefd=False))
    return io.TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", line_buffering=True)


def _report(descriptor: int, outcome: Outcome) -> None:
    data = encode_outcome(outcome)
    while data:
        data = data[os.write(descriptor, data) :]


def encode_outcome(outcome: Outcome) -> bytes:
    """One line of JSON."""
    document = {
        "status": outcome.status,
        "inputs": outcome.inputs,
        "outputs": encode_lines(outcome.outputs),
        "metrics": outcome.metrics,
        "files": outcome.files,
        "message": outcome.message,
        "trace": outcome.trace,
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def decode_outcome(line: bytes) -> Outcome:
    """The inverse of `encode_outcome`. Raises ValueError for what is none, as a task may write anything anywhere."""
    document = json.loads(line)
    return Outcome(
        status=Status(document["status"]),
        inputs=tuple(document["inputs"]),
        outputs=decode_lines(document["outputs"]),
        metrics=tuple(document["metrics"]),
        files=tuple(document["files"]),
        message=document["message"],
        trace=document["trace"],
    )
