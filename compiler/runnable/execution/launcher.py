"""The launcher protocol: a launcher is the part of an executor that starts one task and reports how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Protocol

from runnable.ir.nodes import Action
from runnable.ir.options import Options
from runnable_runtime.deferred import dataclass
from runnable_runtime.process.usage import Usage
from runnable_runtime.protocol import Json, TaskSpec
from runnable_runtime.records.origin import Machine
from runnable_runtime.records.records import Status
from runnable_runtime.redaction import Redactor
from runnable_runtime.stores.storage import NOWHERE, Storage

ImageOf = Callable[[Options], str]
"""Says what tasks with some options run in: the id of an image; empty for this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStart:
    """One attempt at a task. `timeout` is in seconds.

    `options` are the task's own. `environment` is what it sees beside the launcher's: variables that the run gives it,
    secrets among them, and those of `options.env`. `log` is the file for what the task prints, to be made only if it
    prints; `notebook` the one for an executed notebook. Both are None where nothing is kept. `spec.name` is the step's
    path. `storage` is where its files, objects and large values are. `redactor` keeps the run's secrets out of what is
    shown and logged; it is None where there are none. `folder` is the working folder on this machine, None for that of
    this process.
    """

    action: Action
    spec: TaskSpec
    attempt: int
    parameters: Mapping[str, Json]
    environment: Mapping[str, str]
    project: Path
    options: Options
    timeout: float | None = None
    log: Path | None = None
    notebook: Path | None = None
    storage: Storage = NOWHERE
    redactor: Redactor | None = None
    folder: Path | None = None

    @property
    def path(self) -> str:
        """The step's path."""
        return self.spec.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended. `status` is succeeded, failed or interrupted; `inputs` names the parameters it took.

    `outputs` are JSON values and references. `files` are those of the catalog, `depends` and `reused` are about a task
    that may be cached, `used` and `machine` are what it took, and where it ran (see `AttemptRecord`). `began` and
    `ended` are when it began and ended, as records have times, where the launcher knows that better.
    """

    status: Status
    inputs: tuple[str, ...] = ()
    outputs: Mapping[str, Json] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    files: tuple[Mapping[str, Json], ...] = ()
    message: str = ""
    trace: str = ""
    depends: Mapping[str, str] = field(default_factory=dict)
    reused: str = ""
    used: Usage | None = None
    machine: Machine | None = None
    began: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """The end of one attempt: which attempt it was, how it ended, and whether it printed anything into its log."""

    task: TaskStart
    outcome: Outcome
    logged: bool


class Launcher(Protocol):
    """Starts attempts and reports their ends. Used from one thread."""

    @property
    def capacity(self) -> int:
        """How many attempts may be under way at once."""
        ...

    def start(self, task: TaskStart) -> None:
        """Start an attempt; it may run only in `wait`."""
        ...

    def wait(self, seconds: float) -> TaskEnd | None:
        """The next end of an attempt; None if there is none within about `seconds`, or never."""
        ...

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """End all attempts under way, kindly until `impatient` or a few seconds have passed, and report them."""
        ...
