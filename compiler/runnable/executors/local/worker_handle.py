"""The parent's side of one worker: what it has sent, and how it is stopped."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from time import monotonic

from runnable.execution.echo import Echo
from runnable.execution.launcher import Outcome, TaskStart
from runnable.execution.log_file import LogFile
from runnable.execution.progress.events import Progress
from runnable.executors.local.worker import decode_outcome


class Worker:
    """A worker that runs `task`, and the ends of its pipes to read from: `open` has those that are not closed yet.

    `deadline` is the moment at which something is to be done about it: at first its time is up, then it is asked again,
    then it is killed. `stopped_for` says why it was stopped, if it was.
    """

    def __init__(
        self,
        task: TaskStart,
        pipes: tuple[int, int, int],
        log: LogFile,
        progress: Progress,
        *,
        prefix: str,
    ) -> None:
        self.task = task
        self.pid = 0
        self.open = set(pipes)
        self.stopped_for: str | None = None
        self.deadline = None if task.timeout is None else monotonic() + task.timeout
        self._asked = 0
        self._log = log
        self._echoes = {
            pipes[0]: Echo(progress, "stdout", prefix, task.redactor),
            pipes[1]: Echo(progress, "stderr", prefix, task.redactor),
        }
        self._report = bytearray()

    def outcome(self) -> Outcome | None:
        """What the worker has reported, if it has."""
        if not self._report.endswith(b"\n"):
            return None
        try:
            return decode_outcome(bytes(self._report))
        except (ValueError, KeyError, TypeError):  # not the worker's own words
            return None

    def feed(self, descriptor: int, data: bytes) -> None:
        """Take what was read from one of the pipes; nothing means its end."""
        echo = self._echoes.get(descriptor)
        if echo is None:
            self._report += data
        else:
            self._log.write(data)
            echo.write(data, last=not data)

    def born(self, pid: int) -> None:
        """Its process is `pid`. One that was to end before it was there is asked to end now."""
        self.pid = pid
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
        """Clear up after the worker has ended; whether it printed anything into its log."""
        self._log.close()
        return self._log.written

    def _signal(self, number: signal.Signals, grace: float) -> None:
        if self.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)
        self.deadline = monotonic() + grace
