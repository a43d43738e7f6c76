"""Running tasks in workers: one fork for each attempt, several at a time.

A fork has the user's code imported already and uses the very function object. The parent has one thread; it waits on
three pipes a worker: standard output, standard error, and the outcome, whose last byte, or the worker's death, ends the
attempt. Each worker leads a process group of its own: a Ctrl-C at the terminal does not reach it, and stopping it
stops all that it started.
"""

from __future__ import annotations

import os
import selectors
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic

from runnable.execution.capture import Capture, flush
from runnable.execution.launcher import Outcome, TaskEnd, TaskStart
from runnable.execution.log_file import LogFile
from runnable.execution.progress.events import Progress
from runnable.executors.local.calls import Functions
from runnable.executors.local.parent_death import end_with_parent
from runnable.executors.local.worker import STOPPED, work
from runnable.executors.local.worker_handle import LOST, Worker
from runnable_runtime.records.records import Status

_GRACE = 5.0
"""Seconds from asking a worker to end until it is asked to hurry."""
_HURRY = 0.5
"""Seconds from that until it is killed."""
_CHUNK = 64 * 1024
_DRAIN = 64
"""Chunks to read, at most, of what a dead worker has left in a pipe that something else may still be writing to."""


class ForkedLauncher:
    """Runs attempts in workers. With more than one at a time, the lines that they print are shown with the path."""

    def __init__(self, functions: Functions, capacity: int, capture: Capture, progress: Progress) -> None:
        self.capacity = capacity
        self._functions = functions
        self._capture = capture
        self._progress = progress
        self._workers: list[Worker] = []
        self._selector = selectors.DefaultSelector()
        self._ends: deque[TaskEnd] = deque()

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`. A worker that the system refuses is an attempt that failed."""
        for stream in (sys.stdout, sys.stderr):  # or the worker would write what the parent has not written yet
            flush(stream)
        end_with_parent()
        parent = os.getpid()
        pipes: list[tuple[int, int]] = []
        with warnings.catch_warnings():
            # Python 3.12 and later warn if the process has threads, as numpy's have: they hold no lock of ours.
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                while len(pipes) < 3:
                    pipes.append(os.pipe())
                pid = os.fork()
            except OSError as error:
                _close(end for pipe in pipes for end in pipe)
                message = f"the system does not allow another process: {error.strerror}"
                self._ends.append(TaskEnd(task, Outcome(status=Status.FAILED, message=message), False))
                return
        if pid == 0:
            try:
                foreign = [pipe[0] for pipe in pipes] + [fd for worker in self._workers for fd in worker.open]
                work(task, self._functions, self._capture, (pipes[0][1], pipes[1][1], pipes[2][1]), foreign, parent)
            finally:
                os._exit(1)
        with suppress(OSError):  # the worker does it too: whichever comes first, it is done from here on
            os.setpgid(pid, pid)
        _close(pipe[1] for pipe in pipes)
        self._add(
            Worker(
                task,
                pid,
                (pipes[0][0], pipes[1][0], pipes[2][0]),
                self._log(task),
                self._progress,
                prefix=f"[{task.path}] " if self.capacity > 1 else "",
            )
        )

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        if not self._ends:
            self._turn(seconds)
        return self._ends.popleft() if self._ends else None

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        for worker in self._workers:
            worker.ask("interrupted", _GRACE)
        while self._workers:
            if impatient():
                for worker in self._workers:
                    worker.hurry(_HURRY)
            self._turn(0.05)
        stopped = tuple(self._ends)
        self._ends.clear()
        return stopped

    def close(self) -> None:
        """Give back what the launcher holds, once nothing is under way."""
        self._selector.close()

    def _log(self, task: TaskStart) -> LogFile:
        return LogFile(task.log, self._progress.notice, task.redactor)

    def _add(self, worker: Worker) -> None:
        self._workers.append(worker)
        for descriptor in worker.open:
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ, worker)

    def _turn(self, seconds: float) -> None:
        """Wait once, read what there is, and see to deadlines and deaths."""
        deadlines = [worker.deadline for worker in self._workers if worker.deadline is not None]
        wait = min([seconds, *(deadline - monotonic() for deadline in deadlines)])
        for key, _ in self._selector.select(max(0.0, wait)):
            worker: Worker = key.data
            if key.fd in worker.open:
                self._read(worker, key.fd)
        for worker in list(self._workers):
            worker.meet_deadline(_GRACE, _HURRY)
            # a worker that has reported is about to exit
            status = worker.reap(block=worker.reported)
            if status is not None:
                self._end(worker, status)

    def _read(self, worker: Worker, descriptor: int) -> bool:
        """Read one chunk; False if nothing more is to be had at present."""
        try:
            data = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return False
        worker.feed(descriptor, data)
        if not data:
            self._forget(worker, descriptor)
        return bool(data)

    def _forget(self, worker: Worker, descriptor: int) -> None:
        self._selector.unregister(descriptor)
        worker.open.discard(descriptor)
        os.close(descriptor)

    def _end(self, worker: Worker, status: int) -> None:
        for descriptor in list(worker.open):
            for _ in range(_DRAIN):
                if not self._read(worker, descriptor):
                    break
        for descriptor in list(worker.open):
            worker.feed(descriptor, b"")
            self._forget(worker, descriptor)
        self._workers.remove(worker)
        self._ends.append(TaskEnd(worker.task, _outcome(worker, status), worker.finish()))


def _outcome(worker: Worker, status: int) -> Outcome:
    """What became of the attempt: what the worker said, unless it was stopped or died without a word."""
    given = tuple(worker.task.parameters)
    if worker.stopped_for is not None:
        return Outcome(status=Status.FAILED, inputs=given, message=worker.stopped_for)
    return worker.outcome() or Outcome(status=Status.FAILED, inputs=given, message=_death(status))


def _death(status: int) -> str:
    what = "the worker process {} before the task had ended"
    if status == LOST:
        return what.format("was lost")
    if status == -signal.SIGKILL:
        return what.format("was killed (SIGKILL; is the memory exhausted?)")
    if status < 0:
        return what.format(f"was ended by {signal.Signals(-status).name}")
    if status == STOPPED:
        return what.format("was ended by SIGTERM")
    return what.format(f"exited with {status}")


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
