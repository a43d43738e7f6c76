"""The ways in which a task can fail: one class for each. A mistake of this package is none of them.

TaskFailure
├── UserCodeFailed   the user's code raised, or its process ended with another code than 0
├── BadReturn        what it returned does not fit what was declared
├── BadInput         what it was given does not fit what it takes
└── StorageFailed    a file, object or large value could not be had from the store, or kept in it
"""

from __future__ import annotations

from typing import ClassVar

from runnable_runtime import DISTRIBUTION
from runnable_runtime.protocol import EXIT_BAD_INPUT, EXIT_STORAGE, EXIT_TASK_FAILED, Json


def how_to_install(extra: str) -> str:
    """The command that adds the packages of an extra of this distribution, for messages."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


def a(noun: str) -> str:
    """`noun` with its article, for messages: ``a list``, ``an int``."""
    return f"{'an' if noun[:1].lower() in ('a', 'e', 'i', 'o') else 'a'} {noun}"


class TaskFailure(Exception):
    """A task did not succeed.

    `message` says why in one line (``ValueError: boom (train.py:12 in fit)``). `trace` is the text of the traceback
    without this package's own frames, and is empty where the message says all. `exit_code` is what a process that
    runs this task ends with.
    """

    exit_code: ClassVar[int] = EXIT_TASK_FAILED

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.trace = trace
        self.files: tuple[dict[str, Json], ...] = ()


class UserCodeFailed(TaskFailure):
    """The user's code raised an exception, or its process ended with another code than 0."""


class BadReturn(TaskFailure):
    """What the task returned is not JSON, or not what its step declares."""


class BadInput(TaskFailure):
    """A parameter is missing, or cannot become what the task takes, or the inputs are no JSON Lines."""

    exit_code: ClassVar[int] = EXIT_BAD_INPUT


class StorageFailed(TaskFailure):
    """The store cannot be used, a file of the catalog is not there, or a path leads where it must not."""

    exit_code: ClassVar[int] = EXIT_STORAGE


class Stopped(SystemExit):
    """The process was asked to end (SIGTERM). Not a failure of the task: it passes through, and clean-up runs.

    `code` is what the process ends with: 128 and the signal's number, as a shell says it. `grace` is how many seconds
    a task's own processes get to end before they are killed; None leaves that to whoever stops this process.
    """

    def __init__(self, code: int, grace: float | None = None) -> None:
        super().__init__(code)
        self.grace = grace
