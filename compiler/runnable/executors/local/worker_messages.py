"""What a run and its workers send to each other: a task, and what became of it."""

from __future__ import annotations

import json
import os
import pickle
import socket
import struct
from collections.abc import Callable, Mapping

from runnable.execution.launcher import Outcome, TaskStart
from runnable.executors.local.calls import Functions
from runnable_runtime.process.usage import Usage
from runnable_runtime.records.records import Status
from runnable_runtime.values.parameters import decode_lines, encode_lines

_HEAD = struct.Struct("<cI")
_TASK, _FILE = b"t", b"f"
"""What follows the head: a further task, as so many bytes; or it is in the file whose descriptor is sent beside it."""
_MOST = 64 * 1024
"""The bytes of a message, at most: they fit into the socket of a worker that waits for one."""


def encode_task(task: TaskStart, functions: Functions) -> bytes:
    """`task`, with the functions that a worker cannot import, for another process.

    Raises whatever pickling them raises.
    """
    import cloudpickle

    return pickle.dumps((task, cloudpickle.dumps(functions) if functions else b""), protocol=5)


def hand_over(control: int, data: bytes, file: Callable[[], int]) -> None:
    """Send the encoded task `data` to a worker that waits for one; if it is large, as `file`, which has it.

    Raises OSError if the worker has died.
    """
    if len(data) <= _MOST:
        if os.write(control, _HEAD.pack(_TASK, len(data)) + data) < _HEAD.size + len(data):
            raise BlockingIOError  # what it was sent before, it has not read: it is not a worker that waits
        return
    with socket.socket(fileno=os.dup(control)) as channel:
        socket.send_fds(channel, [_HEAD.pack(_FILE, 0)], [file()])


def next_task(control: int) -> tuple[TaskStart, Mapping[str, Callable[..., object]]] | None:
    """What was handed over; None if nothing will be."""
    with socket.socket(fileno=os.dup(control)) as channel:
        data, files, _, _ = socket.recv_fds(channel, _HEAD.size + _MOST, 1)
        if files:
            return read_task(files[0])
        if len(data) < _HEAD.size or data[:1] != _TASK:
            return None
        length = _HEAD.size + _HEAD.unpack_from(data)[1]
        while len(data) < length and (more := channel.recv(length - len(data))):
            data += more
    return _decode(pickle.loads(data[_HEAD.size :])) if len(data) == length else None  # noqa: S301 - as in `read_task`


def read_task(descriptor: int) -> tuple[TaskStart, Mapping[str, Callable[..., object]]]:
    """The inverse of `encode_task`, from a file that is closed afterwards."""
    with open(descriptor, "rb") as file:
        file.seek(0)
        return _decode(pickle.load(file))  # noqa: S301 - the run has written it


def _decode(pair: tuple[TaskStart, bytes]) -> tuple[TaskStart, Mapping[str, Callable[..., object]]]:
    task, functions = pair
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
