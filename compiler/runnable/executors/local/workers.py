"""Running tasks in workers: processes, several at a time, born of the run's keeper and not of the run.

The parent has one thread for them; it waits on a worker's standard output, standard error and the socket that it
reports into, and on what the keeper says. An attempt has ended when its process has, with all that it does at its end,
or has reported that nothing was left to do, and that it takes another task. Each worker leads a process group of its
own: a Ctrl-C at the terminal does not reach it, and stopping it stops all that it started.
"""

from __future__ import annotations

import os
import selectors
import socket
from collections import deque
from collections.abc import Callable, Iterable
from itertools import count
from time import monotonic

from runnable.execution.descriptors import unnamed_file
from runnable.execution.keeping import Keeper
from runnable.execution.launcher import Outcome, TaskEnd, TaskStart
from runnable.execution.progress.events import Progress
from runnable.executors.local.calls import Functions
from runnable.executors.local.elsewhere import functions_for
from runnable.executors.local.worker import can_be_followed
from runnable.executors.local.worker_handle import LOST, Worker
from runnable.executors.local.worker_messages import encode_task, hand_over
from runnable_runtime.process.keeper import BORN, CPU, ENDED, MEMORY, REFUSED
from runnable_runtime.records.records import Status

_GRACE = 5.0
"""Seconds from asking a worker to end until it is asked to hurry."""
_HURRY = 0.5
"""Seconds from that until it is killed."""
_CHUNK = 64 * 1024
_DRAIN = 64
"""Chunks to read, at most, of what a dead worker has left in a pipe that something else may still be writing to."""


class WorkerLauncher:
    """Runs attempts in workers. With more than one at a time, the lines that they print are shown with the path."""

    def __init__(self, functions: Functions, capacity: int, keeper: Keeper, progress: Progress) -> None:
        self.capacity = capacity
        self._functions = functions
        self._keeper = keeper
        self._progress = progress
        self._numbers = count(1)
        self._workers: dict[int, Worker] = {}
        self._idle: dict[int, Worker] = {}
        self._selector = selectors.DefaultSelector()
        self._ends: deque[TaskEnd] = deque()
        self._listens = False

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`. A worker that the system refuses is an attempt that failed."""
        files: list[int] = []

        def file() -> int:
            files.append(_file_with(data))
            return files[-1]

        try:
            data = encode_task(task, functions_for(task.action, self._functions))
            if not (can_be_followed(task) and self._hand_over(task, data, file)):
                self._begin(task, file, files)
        except OSError as error:
            self._refuse(task, f"the system does not allow another process: {error.strerror or error}")
        except Exception as error:  # whatever pickling raises
            self._refuse(task, f"the function cannot be handed to another process: {type(error).__name__}: {error}")
        finally:
            _close(files)

    def _hand_over(self, task: TaskStart, data: bytes, file: Callable[[], int]) -> bool:
        """Give `task` to a worker that has none; whether there is one."""
        while self._idle:
            number, before = self._idle.popitem()
            try:
                hand_over(before.control, data, file)
            except OSError:  # it has died meanwhile
                self._forget_all(before)
                continue
            worker = self._add(number, task, before.pipes, again=True)
            worker.born(before.pid)
            return True
        return False

    def _begin(self, task: TaskStart, file: Callable[[], int], files: list[int]) -> None:
        """Have a worker born that runs `task`, which is in `file`; what it gets is added to `files`."""
        _close(files)
        files.clear()
        mine, its = socket.socketpair()
        files.append(its.detach())
        ends = [mine.detach(), *(self._pipe(files) for _ in range(2))]
        os.set_blocking(ends[0], False)
        file()
        number = next(self._numbers)
        self._add(number, task, (ends[0], ends[1], ends[2]))
        self._keeper.ask(number, files)

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        if not self._ends:
            self._turn(seconds)
        return self._ends.popleft() if self._ends else None

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        for worker in self._workers.values():
            worker.ask("interrupted", _GRACE)
        while self._workers:
            if impatient():
                for worker in self._workers.values():
                    worker.hurry(_HURRY)
            self._turn(0.05)
        stopped = tuple(self._ends)
        self._ends.clear()
        return stopped

    def close(self) -> None:
        """Give back what the launcher holds, once nothing is under way. Workers without a task end by that."""
        for worker in self._idle.values():
            self._forget_all(worker)
        self._idle.clear()
        self._selector.close()

    def _pipe(self, files: list[int]) -> int:
        """The end of a new pipe to read from; the other one is added to `files`."""
        read, write = os.pipe()
        files.append(write)
        os.set_blocking(read, False)
        return read

    def _refuse(self, task: TaskStart, message: str) -> None:
        for worker in list(self._workers.values()):
            if worker.task is task:
                self._forget_all(self._workers.pop(worker.number))
        self._ends.append(TaskEnd(task, Outcome(status=Status.FAILED, message=message), False))

    def _add(self, number: int, task: TaskStart, pipes: tuple[int, int, int], *, again: bool = False) -> Worker:
        if not self._listens:
            self._selector.register(self._keeper.control, selectors.EVENT_READ, None)
            self._listens = True
        prefix = f"[{task.path}] " if self.capacity > 1 else ""
        worker = self._workers[number] = Worker(number, task, pipes, self._progress, prefix=prefix, again=again)
        if not again:
            for descriptor in worker.open:
                self._selector.register(descriptor, selectors.EVENT_READ, number)
        return worker

    def _turn(self, seconds: float) -> None:
        """Wait once, read what there is, and see to deadlines and deaths."""
        deadlines = [worker.deadline for worker in self._workers.values() if worker.deadline is not None]
        wait = min([seconds, *(deadline - monotonic() for deadline in deadlines)])
        for key, _ in self._selector.select(max(0.0, wait)):
            if key.data is None:
                self._hear()
                continue
            worker = self._workers.get(key.data)
            if worker is None:
                self._lose_idle(key.data)
            elif key.fd in worker.open and self._read(worker, key.fd) and key.fd == worker.control:
                self._see_report(worker)
        for worker in list(self._workers.values()):
            worker.meet_deadline(_GRACE, _HURRY)

    def _hear(self) -> None:
        """Take what the keeper says; without it, all workers are lost, since they end when it does."""
        try:
            for kind, number, value in self._keeper.told():
                worker = self._workers.get(number)
                if worker is None:
                    if kind == ENDED:
                        self._lose_idle(number)
                elif kind == BORN:
                    worker.born(value)
                elif kind == ENDED:
                    self._end(number, value)
                elif kind in (MEMORY, CPU):
                    worker.counted[kind] = value
                elif kind == REFUSED:
                    self._refuse(worker.task, f"the system does not allow another process: {os.strerror(value)}")
        except OSError:
            self._selector.unregister(self._keeper.control)
            for number in list(self._workers):
                self._end(number, LOST)

    def _lose_idle(self, number: int) -> None:
        """A worker without a task has died, or something else writes to its streams: it gets no task."""
        if number in self._idle:
            self._forget_all(self._idle.pop(number))

    def _read(self, worker: Worker, descriptor: int) -> bool:
        """Read one chunk; False if nothing more is to be had at present."""
        try:
            data = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return False
        except ConnectionResetError:  # it has died with a task in its socket
            data = b""
        worker.feed(descriptor, data)
        if not data:
            self._forget(worker, descriptor)
        return bool(data)

    def _see_report(self, worker: Worker) -> None:
        """End the attempt of a worker that has reported, if it takes another task; else its process ends by itself."""
        reported = worker.reported()
        if reported is None or not reported[1] or worker.stopped_for is not None:
            return
        del self._workers[worker.number]
        self._drain(worker)
        if worker.open == set(worker.pipes) and len(self._idle) < self.capacity:
            self._idle[worker.number] = worker
        else:
            self._forget_all(worker)
        self._ends.append(TaskEnd(worker.task, reported[0], worker.finish()))

    def _drain(self, worker: Worker) -> None:
        """Read what is in the pipes."""
        for descriptor in list(worker.open):
            for _ in range(_DRAIN):
                if not self._read(worker, descriptor):
                    break

    def _forget(self, worker: Worker, descriptor: int) -> None:
        self._selector.unregister(descriptor)
        worker.open.discard(descriptor)
        os.close(descriptor)

    def _forget_all(self, worker: Worker) -> None:
        for descriptor in list(worker.open):
            self._forget(worker, descriptor)

    def _end(self, number: int, status: int) -> None:
        worker = self._workers.pop(number)
        worker.kill()  # what it has left running
        self._drain(worker)
        self._forget_all(worker)
        self._ends.append(TaskEnd(worker.task, worker.outcome(status), worker.finish()))


def _file_with(data: bytes) -> int:
    """A file without a name that has `data`. Raises OSError."""
    file = unnamed_file()
    while data:
        data = data[os.write(file, data) :]
    return file


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
