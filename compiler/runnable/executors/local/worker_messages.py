"""What a run and its workers send to each other: a task, and what became of it."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable, Mapping

from runnable.execution.launcher import Outcome, TaskStart
from runnable.executors.local.calls import Functions
from runnable_runtime.process.usage import Usage
from runnable_runtime.records.records import Status
from runnable_runtime.values.parameters import decode_lines, encode_lines

NEXT = b"n"
"""Sent beside the descriptor of a further task's file, to a worker that takes one."""


def encode_task(task: TaskStart, functions: Functions) -> bytes:
    """`task`, with the functions that a worker cannot import, for another process.

    Raises whatever pickling them raises.
    """
    import cloudpickle

    return pickle.dumps((task, cloudpickle.dumps(functions) if functions else b""), protocol=5)


def read_task(descriptor: int) -> tuple[TaskStart, Mapping[str, Callable[..., object]]]:
    """The inverse of `encode_task`, from a file that is closed afterwards."""
    with open(descriptor, "rb") as file:
        file.seek(0)
        task, functions = pickle.load(file)  # noqa: S301 - the run has written it
    return task, pickle.loads(functions) if functions else {}  # noqa: S301


def send_outcome(descriptor: int, outcome: Outcome, *, again: bool) -> None:
    """Report `outcome`, and whether this worker takes `again` a task."""
    data = encode_outcome(outcome, again=again)
    while data:
        data = data[os.write(descriptor, data) :]


def encode_outcome(outcome: Outcome, *, again: bool = False) -> bytes:
    """One line of JSON."""
    document = {
        "status": outcome.status,
        "inputs": outcome.inputs,
        "outputs": encode_lines(outcome.outputs),
        "metrics": outcome.metrics,
        "files": outcome.files,
        "message": outcome.message,
        "trace": outcome.trace,
        "used": outcome.used and outcome.used.to_json(),
        "again": again,
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def decode_outcome(line: bytes) -> tuple[Outcome, bool]:
    """The inverse of `encode_outcome`. Raises ValueError for what is none, as a task may write anything anywhere."""
    document = json.loads(line)
    outcome = Outcome(
        status=Status(document["status"]),
        inputs=tuple(document["inputs"]),
        outputs=decode_lines(document["outputs"]),
        metrics=tuple(document["metrics"]),
        files=tuple(document["files"]),
        message=document["message"],
        trace=document["trace"],
        used=document["used"] and Usage.from_json(document["used"]),
    )
    return outcome, document["again"] is True
