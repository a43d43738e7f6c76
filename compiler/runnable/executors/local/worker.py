"""The worker's side of a fork: run one task with its output going into pipes, report the outcome, and vanish."""

from __future__ import annotations

import faulthandler
import io
import json
import os
import random
import signal
import sys
from collections.abc import Iterable
from types import FrameType
from typing import NoReturn, TextIO

from runnable.execution.capture import Capture, flush
from runnable.execution.launcher import Outcome, TaskStart
from runnable.executors.local.calls import Functions, attempt
from runnable.executors.local.parent_death import end_with_parent
from runnable_runtime.failures import Stopped
from runnable_runtime.records.records import Status
from runnable_runtime.values.parameters import decode_lines, encode_lines

STOPPED = 128 + signal.SIGTERM
_PROCESSES_GRACE = 4.0
"""Seconds that a task's own processes get to end when the worker is stopped; fewer than the worker itself gets."""


def work(
    task: TaskStart,
    functions: Functions,
    capture: Capture,
    pipes: tuple[int, int, int],
    foreign: Iterable[int],
    parent: int,
) -> NoReturn:
    """Become the worker for `task`, in the child of a fork.

    `pipes` are the ends to write standard output, standard error and the outcome to. `foreign` are descriptors of the
    process `parent` that are no business of this one.
    """
    code = 1
    try:
        _detach(foreign, parent)
        _print_into(capture, pipes[0], pipes[1])
        _reseed()
        _report(pipes[2], _outcome(task, functions))
        code = 0
    except Stopped:
        code = STOPPED
    finally:
        # No clean-up of the parent's: its exit handlers, buffers and temporary files are not ours to end.
        for stream in (sys.stdout, sys.stderr):
            flush(stream)
        os._exit(code)


def _outcome(task: TaskStart, functions: Functions) -> Outcome:
    try:
        outcome = attempt(task, functions)
    except KeyboardInterrupt:
        outcome = Outcome(status=Status.FAILED, inputs=tuple(task.parameters), message="KeyboardInterrupt")
    for stream in (sys.stdout, sys.stderr):  # before the outcome, which makes the parent stop reading
        flush(stream)
    return outcome


def _detach(foreign: Iterable[int], parent: int) -> None:
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _stop)
    end_with_parent()(parent)
    for descriptor in foreign:
        os.close(descriptor)


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, _stop_at_once)
    raise Stopped(STOPPED, _PROCESSES_GRACE)


def _stop_at_once(number: int, frame: FrameType | None) -> None:
    """Cut short the clean-up that the first request began: the worker is about to be killed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped(STOPPED, 0.0)


def _print_into(capture: Capture, stdout: int, stderr: int) -> None:
    """Have the pipes as the standard streams, for Python and for all that writes to descriptors 1 and 2."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    for descriptor in {nothing, stdout, stderr} - {0, 1, 2}:
        os.close(descriptor)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - a descriptor, for the rest of this process
    capture.redirect(_text(1), _text(2))
    faulthandler.enable(2)


def _text(descriptor: int) -> TextIO:
    binary = io.BufferedWriter(io.FileIO(descriptor, "w", closefd=False))
    return io.TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", line_buffering=True)


def _reseed() -> None:
    """Give this worker random numbers of its own, where the parent's state was inherited."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


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
    """The inverse of `encode_outcome`."""
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
