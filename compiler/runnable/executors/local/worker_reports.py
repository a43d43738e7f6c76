"""What a worker reports to its run: how a task has ended, and what of it the run has to see to."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import termios
from array import array
from time import sleep

from runnable.execution.launcher import Outcome
from runnable_runtime.deferred import dataclass
from runnable_runtime.process.usage import Usage
from runnable_runtime.records.records import Status
from runnable_runtime.records.times import as_recorded
from runnable_runtime.values.parameters import decode_lines, encode_lines

_MOST = 64 * 1024
"""The bytes of one message, at most; a long report is several."""
_MOMENT = 0.0002
"""Seconds between two looks at whether the run has read what was printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a task has ended, and when it began and did; and whether the worker takes `again` a task.

    `unread`: how many bytes of standard output and error wait to be read; None where the system does not say. It took
    so many `seconds` in the worker.
    """

    outcome: Outcome
    again: bool
    unread: tuple[int, int] | None
    seconds: float


def send(descriptor: int, report: Report) -> None:
    """Report how a task has ended."""
    data = memoryview(encode(report))
    while data:
        data = data[os.write(descriptor, data[:_MOST]) :]


def encode(report: Report) -> bytes:
    """One line of JSON."""
    outcome = report.outcome
    document = {
        "status": outcome.status,
        "inputs": outcome.inputs,
        "outputs": encode_lines(outcome.outputs),
        "metrics": outcome.metrics,
        "files": outcome.files,
        "depends": dict(outcome.depends),
        "message": outcome.message,
        "trace": outcome.trace,
        "used": outcome.used and outcome.used.to_json(),
        "again": report.again,
        "unread": report.unread,
        "began": outcome.began,
        "ended": outcome.ended,
        "seconds": report.seconds,
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Report:
    """The inverse of `encode`. Raises ValueError, KeyError or TypeError for what is none: a task may write anywhere."""
    document = json.loads(line)
    outcome = Outcome(
        status=Status(document["status"]),
        inputs=tuple(document["inputs"]),
        outputs=decode_lines(document["outputs"]),
        metrics=tuple(document["metrics"]),
        files=tuple(document["files"]),
        depends=dict(document["depends"]),
        message=document["message"],
        trace=document["trace"],
        used=document["used"] and Usage.from_json(document["used"]),
        began=as_recorded(document["began"]),
        ended=as_recorded(document["ended"]),
    )
    return Report(
        outcome=outcome,
        again=document["again"] is True,
        unread=None if document["unread"] is None else (int(document["unread"][0]), int(document["unread"][1])),
        seconds=float(document["seconds"]),
    )


def unread() -> tuple[int, int] | None:
    """How many bytes that were printed the run has still to read; None where the system does not say.

    Linux says so at either end of a pipe (pipe(7)).
    """
    if sys.platform != "linux":
        return None
    count = array("i", [0])
    found = []
    try:
        for descriptor in (1, 2):
            fcntl.ioctl(descriptor, termios.FIONREAD, count)
            found.append(count[0])
    except OSError:
        return None
    return found[0], found[1]


def wait_until_read() -> None:
    """Wait until the run has read all that was printed: what is printed next is another task's."""
    while any(unread() or ()):
        sleep(_MOMENT)
