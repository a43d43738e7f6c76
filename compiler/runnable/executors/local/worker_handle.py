"""The parent's side of one worker: what it has sent, and how it is stopped."""

from __future__ import annotations

import os
import signal
from collections import deque
from contextlib import suppress
from time import monotonic

from runnable.execution.attempt_output import AttemptOutput
from runnable.execution.deaths import death
from runnable.execution.launcher import Outcome, TaskStart
from runnable.execution.progress.events import Progress
from runnable.executors.local.worker_reports import Report, decode
from runnable_runtime.deferred import dataclass
from runnable_runtime.process.keeper import CPU, MEMORY
from runnable_runtime.process.usage import Usage
from runnable_runtime.records.records import Status

LOST = 1 << 16
"""Instead of an exit code that cannot be had."""


@dataclass(slots=True)
class Idle:
    """The worker `number` of a run, which waits for a task; `last` is the one that it has run, if it has.

    `pid` is 0 until it is known to be there. `pipes` as in `Worker`.
    """

    number: int
    pipes: tuple[int, int, int]
    pid: int = 0
    last: TaskStart | None = None


class Worker:
    """The worker `number` of a run, which runs `task`, and this side's ends of what leads to it.

    `open` has those of them that are not closed yet.

    `pipes` are what it reports into and gets further tasks from, its standard output, and its standard error.

    `ahead` are tasks that it has been handed, and begins when `task` has ended; `since` is when it was last handed the
    first of its tasks, or has ended one. `last` is what it has run before `task`.
    `quiet`: what it prints is read when it has reported, as another task may follow `task` at once.
    `leaves`: it has reported that it takes no other task. `named`: what it prints is shown with the path.

    `deadline` is the moment at which something is to be done about it: at first its time is up, then it is asked again,
    then it is killed. `stopped_for` says why it was stopped, if it was.
    `counted` is what the system says that it has used, MEMORY and CPU, if it did not end well.
    """

    def __init__(
        self,
        number: int,
        task: TaskStart,
        pipes: tuple[int, int, int],
        progress: Progress,
        *,
        named: bool,
        last: TaskStart | None = None,
        pid: int = 0,
    ) -> None:
        self.number = number
        self.task = task
        self.pid = pid
        self.pipes = pipes
        self.open = set(pipes)
        self.stopped_for: str | None = None
        self.deadline: float | None = None
        self.counted: dict[int, int] = {}
        self.last = last
        self.ahead: deque[TaskStart] = deque()
        self.leaves = self.quiet = False
        self.since = monotonic()
        self._asked = 0
        self._progress, self._named = progress, named
        self._output: AttemptOutput | None = None
        self._report = bytearray()

    @property
    def control(self) -> int:
        """The descriptor of its socket."""
        return self.pipes[0]

    def reported(self) -> Report | None:
        """What the worker has reported of `task`, if it has."""
        while self._report:
            line, end, _ = self._report.partition(b"\n")
            if not end:
                return None
            try:
                return decode(bytes(line))
            except (ValueError, KeyError, TypeError):  # not the worker's own words
                del self._report[: len(line) + 1]
        return None

    def next(self) -> Worker | None:
        """The same worker with the task that it begins now that `task` is reported; None if it was handed none."""
        worker = self._with_following(self.task)
        if worker is not None:
            worker._report = self._report[self._report.index(b"\n") + 1 :]
        return worker

    def instead(self) -> Worker | None:
        """The same worker with what it has begun in place of `task`, which was taken back; None if that is nothing."""
        worker = self._with_following(self.last)
        if worker is not None:
            worker._report = self._report
        return worker

    def _with_following(self, last: TaskStart | None) -> Worker | None:
        if not self.ahead:
            return None
        task = self.ahead.popleft()
        worker = Worker(self.number, task, self.pipes, self._progress, named=self._named, last=last, pid=self.pid)
        worker.open, worker.ahead, worker.quiet = self.open, self.ahead, True
        return worker

    def outcome(self, status: int) -> Outcome:
        """What became of the attempt, as the process has ended with `status` (negative: the number of a signal).

        That is what the worker said, unless it was stopped or died without a word.
        """
        given = tuple(self.task.parameters)
        if self.stopped_for is not None:
            return Outcome(status=Status.FAILED, inputs=given, message=self.stopped_for, used=self._used())
        said = self.reported()
        if said is None or (status != 0 and said.outcome.status is Status.SUCCEEDED):
            return Outcome(status=Status.FAILED, inputs=given, message=_death(status), used=self._used())
        return said.outcome

    def _used(self) -> Usage | None:
        """What its process has used, as the system has counted; of one that has run others, that is not this task's."""
        if self.last is not None or not self.counted:
            return None
        return Usage(memory=self.counted.get(MEMORY) or None, cpu=self.counted.get(CPU, 0) / 1e6)

    def feed(self, descriptor: int, data: bytes) -> None:
        """Take what was read from one of the pipes."""
        if descriptor == self.control:
            self._report += data
        elif data:
            if self._output is None:
                prefix = f"[{self.task.path}] " if self._named else ""
                self._output = AttemptOutput(self.task, self._progress, prefix)
            self._output.write("stdout" if descriptor == self.pipes[1] else "stderr", data)

    def born(self, pid: int) -> None:
        """Its process is `pid`, and the task's time begins. One that was to end before it was there is asked to now."""
        self.pid = pid
        if self.task.timeout is not None and not self._asked:
            self.deadline = monotonic() + self.task.timeout
        if self._asked:
            self._signal(signal.SIGTERM, max(0.0, (self.deadline or 0) - monotonic()))

    def kill(self) -> None:
        """End what is left of its process group."""
        self._signal(signal.SIGKILL, 0)

    def ask(self, reason: str, grace: float) -> None:
        """Ask the worker to end for `reason`, if it has not been asked yet, and set a deadline in `grace` seconds."""
        if self._asked == 0:
            self._asked = 1
            self.stopped_for = reason
            self._signal(signal.SIGTERM, grace)

    def hurry(self, grace: float) -> None:
        """Ask again, if that has not been done, to be killed in `grace` seconds."""
        if self._asked == 1:
            self._asked = 2
            self._signal(signal.SIGTERM, grace)

    def meet_deadline(self, grace: float, hurry: float) -> None:
        """Do what is due, if anything is."""
        if self.deadline is None or monotonic() < self.deadline:
            return
        if self._asked == 0:
            self.ask(f"timed out after {self.task.timeout} s", grace)
        elif self._asked == 1:
            self.hurry(hurry)
        else:
            self._signal(signal.SIGKILL, hurry)

    def finish(self) -> bool:
        """Clear up after the attempt, all of whose output was fed; whether it printed anything into its log."""
        return self._output is not None and self._output.finish()

    def _signal(self, number: signal.Signals, grace: float) -> None:
        if self.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)
        self.deadline = monotonic() + grace


def _death(status: int) -> str:
    return "the task's process was lost before the task had ended" if status == LOST else death(status)
