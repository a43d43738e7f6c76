"""Choosing how each task of a local run is started."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runnable.backends.local.forked import ForkedLauncher
from runnable.backends.local.in_process import InProcessLauncher
from runnable.execution.launcher import TaskEnd, TaskStart


@dataclass(frozen=True, slots=True)
class LocalLauncher:
    """Starts tasks in this process, or in workers.

    In workers go all tasks of a concurrent run, and in any those with a timeout, since a function that runs in this
    process cannot be stopped, and those with secrets, which then are in no other task's environment. A stub does
    nothing, and needs no worker to do it. `workers` is None where there are no forks.
    """

    here: InProcessLauncher
    workers: ForkedLauncher | None
    concurrent: bool

    @property
    def capacity(self) -> int:
        """See `Launcher.capacity`."""
        return self.workers.capacity if self.workers is not None and self.concurrent else 1

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`."""
        forks = self.concurrent or task.timeout is not None or bool(task.spec.secrets)
        if self.workers is not None and forks and task.spec.kind != "stub":
            self.workers.start(task)
        else:
            self.here.start(task)

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        if self.here.pending or self.workers is None:
            return self.here.wait(seconds)
        return self.workers.wait(seconds)

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        stopped = self.here.stop(impatient)
        return stopped if self.workers is None else (*stopped, *self.workers.stop(impatient))
