"""Running a task in this very process: the cheapest way, and the one that debuggers like."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import field, replace

from runnable.execution.capture import Capture
from runnable.execution.deaths import death
from runnable.execution.interrupts import Interrupts
from runnable.execution.launcher import Outcome, TaskEnd, TaskStart
from runnable.execution.log_file import LogFile
from runnable.execution.progress.events import Progress
from runnable.executors.local.calls import Functions, attempt
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import UserCodeFailed
from runnable_runtime.process.meter import Meter
from runnable_runtime.process.state import preserved
from runnable_runtime.records.records import Status


@dataclass(slots=True)
class InProcessLauncher:
    """Runs attempts one after another, each within a call of `wait`."""

    functions: Functions
    capture: Capture
    interrupts: Interrupts
    progress: Progress
    _pending: list[TaskStart] = field(default_factory=list)

    @property
    def capacity(self) -> int:
        """One: there is one process."""
        return 1

    @property
    def pending(self) -> bool:
        """Whether `wait` has something to run."""
        return bool(self._pending)

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`."""
        self._pending.append(task)

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`; the attempt takes the time that it takes, once it is the only one in this process."""
        if not self._pending:
            return None
        with self.capture.turn(seconds) as mine:
            return self._run(self._pending.pop(0)) if mine else None

    def _run(self, task: TaskStart) -> TaskEnd:
        if task.spec.kind != "stub":
            self.progress.here(task.path)
        log = LogFile(task.log, self.progress.notice, task.redactor)
        around = nullcontext() if task.spec.kind == "stub" else preserved()
        meter = None if task.spec.kind == "stub" else Meter()
        try:
            with self.capture.into(log, task.redactor), around, _staying():
                outcome = self._attempt(task)
        except KeyboardInterrupt:
            outcome = Outcome(status=Status.INTERRUPTED, inputs=tuple(task.parameters))
        finally:
            log.close()
        return TaskEnd(task, replace(outcome, used=meter.read()) if meter else outcome, log.written)

    def _attempt(self, task: TaskStart) -> Outcome:
        """KeyboardInterrupt passes if it is Ctrl-C; one that the task has raised itself fails it, as in a process."""
        try:
            with self.interrupts.raising():
                return attempt(task, self.functions)
        except KeyboardInterrupt:
            if self.interrupts.requested or not self.interrupts.listening:
                raise
            return Outcome(status=Status.FAILED, inputs=tuple(task.parameters), message="KeyboardInterrupt")

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`: what is pending has not begun."""
        stopped = tuple(TaskEnd(task, Outcome(status=Status.INTERRUPTED), False) for task in self._pending)
        self._pending.clear()
        return stopped


@contextmanager
def _staying() -> Iterator[None]:
    """Make the task's failure of `os._exit` in it: it would end the run with the code that a success has.

    The processes that the task forks, and other threads, end as they want.
    """
    process, thread, leave = os.getpid(), threading.get_ident(), os._exit

    def fail(status: int) -> None:
        if os.getpid() != process or threading.get_ident() != thread:
            leave(status)
        raise UserCodeFailed(death(status))

    setattr(os, "_exit", fail)  # noqa: B010 - it is no function of that type
    try:
        yield
    finally:
        setattr(os, "_exit", leave)  # noqa: B010
