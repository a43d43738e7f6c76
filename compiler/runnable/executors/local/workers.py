"""Running tasks in workers: processes, several at a time, born of the run's keeper and not of the run.

The parent has one thread for them; it waits on a worker's standard output, standard error and the socket that it
reports into, and on what the keeper says. An attempt has ended when its process has, with all that it does at its end,
or has reported that nothing was left to do, and that it takes another task. Each worker leads a process group of its
own: a Ctrl-C at the terminal does not reach it, and stopping it stops all that it started.
"""

from __future__ import annotations

import os
import selectors
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from time import monotonic

from runnable.execution.keeping import Keeper
from runnable.execution.launcher import Outcome, TaskEnd, TaskStart
from runnable.execution.progress.events import Progress
from runnable.executors.local.calls import Functions
from runnable.executors.local.elsewhere import functions_for
from runnable.executors.local.pace import LATE
from runnable.executors.local.queues import Queues, channel
from runnable.executors.local.worker import can_be_followed
from runnable.executors.local.worker_handle import LOST, Idle, Worker
from runnable.executors.local.worker_messages import encode_task, file_with, hand_over, hand_over_like
from runnable.executors.local.worker_reports import Report
from runnable.ir.nodes import Action
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
        self._idle: dict[int, Idle] = {}
        self._selector = selectors.DefaultSelector()
        self._queues = Queues()
        self._ends: deque[TaskEnd] = deque()
        self._listens = False

    def prepare(self, count: int) -> None:
        """Have workers born that wait for their first task; what cannot be had now is asked for with a task."""
        for number in (next(self._numbers) for _ in range(count)):
            files: list[int] = []
            try:
                idle = self._idle[number] = Idle(number, self._pipes(number, files))
                self._listen(number, idle.pipes)
                self._keeper.ask(number, files)
            except OSError:
                self._lose_idle(number)
                return
            finally:
                _close(files)

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`. A worker that the system refuses is an attempt that failed."""
        files: list[int] = []
        try:
            functions = functions_for(task.action, self._functions)
            if not (can_be_followed(task) and self._hand_over(task, functions, files)):
                if len(self._workers) < self.capacity:
                    self._begin(task, encode_task(task, functions), files)
                elif functions or not self._queues.hand(self._workers.values(), task):
                    self._queues.given_back.append(task)
        except OSError as error:
            self._refuse(task, f"the system does not allow another process: {error.strerror or error}")
        except Exception as error:  # whatever pickling raises
            self._refuse(task, f"the function cannot be handed to another process: {type(error).__name__}: {error}")
        finally:
            _close(files)

    def _hand_over(self, task: TaskStart, functions: Functions, files: list[int]) -> bool:
        """Give `task` to a worker that has none; whether there is one. What it gets is added to `files`."""
        while self._idle:
            number, idle = self._idle.popitem()
            try:
                if functions or idle.last is None or not hand_over_like(idle.pipes[0], task, idle.last):
                    hand_over(idle.pipes[0], encode_task(task, functions), files)
            except OSError:  # it has died meanwhile
                self._leave(number, idle.pipes)
                continue
            worker = self._add(number, task, idle.pipes, last=idle.last)
            worker.quiet = self._queues.is_quiet(worker)
            if idle.pid:
                worker.born(idle.pid)
            return True
        return False

    def _begin(self, task: TaskStart, data: bytes, files: list[int]) -> None:
        """Have a worker born that runs `task`, encoded as `data`; what it gets is added to `files`."""
        _close(files)
        files.clear()
        number = next(self._numbers)
        pipes = self._pipes(number, files)
        files.append(file_with(data))
        self._add(number, task, pipes)
        self._listen(number, pipes)
        self._keeper.ask(number, files)

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        if not self._ends:
            self._turn(0.0 if self._queues.given_back else seconds)
        return self._ends.popleft() if self._ends else None

    @property
    def behind(self) -> int:
        """See `HandsAhead.behind`."""
        return sum(len(worker.ahead) for worker in self._workers.values())

    def room_ahead(self, action: Action) -> int:
        """See `HandsAhead.room_ahead`."""
        return self._queues.room(self._workers.values(), action)

    def take_back(self, *, every: bool) -> list[TaskStart]:
        """See `HandsAhead.take_back`."""
        if every:
            for worker in list(self._workers.values()):
                self._take_back(worker)
        found, self._queues.given_back = self._queues.given_back, []
        return found

    def _take_back(self, worker: Worker) -> None:
        """Take back what waits in a worker, and know what it has begun last: it has reported all others before that."""
        unread = bool(worker.ahead) and self._queues.take_back(worker)
        if unread:
            self._queues.given_back.append(worker.task)
            if (following := worker.instead()) is None:
                self._rest(self._workers.pop(worker.number), worker.last)
                return
            worker = self._workers[worker.number] = following
        if worker.quiet:
            self._drain(worker, worker.pipes[:1])
            self._see_reports(worker)
            if (last := self._workers.get(worker.number)) is not None:
                last.quiet = False

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        self.take_back(every=True)
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
        for number, idle in self._idle.items():
            self._leave(number, idle.pipes)
        self._idle.clear()
        self._selector.close()

    def _pipes(self, number: int, files: list[int]) -> tuple[int, int, int]:
        """This side's ends of what leads to a new worker: a socket and two pipes; the others are added to `files`."""
        mine, its = channel()
        files.append(its)
        ends = [mine]
        for _ in range(2):
            read, write = os.pipe()
            files.append(write)
            ends.append(read)
        for end in ends:
            os.set_blocking(end, False)
        self._queues.open(number, its)
        return ends[0], ends[1], ends[2]

    def _listen(self, number: int, pipes: tuple[int, int, int]) -> None:
        if not self._listens:
            self._selector.register(self._keeper.control, selectors.EVENT_READ, None)
            self._listens = True
        for descriptor in pipes:
            self._selector.register(descriptor, selectors.EVENT_READ, number)

    def _refuse(self, task: TaskStart, message: str) -> None:
        for worker in list(self._workers.values()):
            if worker.task is task:
                self._leave(worker.number, self._workers.pop(worker.number).open)
        self._ends.append(TaskEnd(task, Outcome(status=Status.FAILED, message=message), False))

    def _add(self, number: int, task: TaskStart, pipes: tuple[int, int, int], last: TaskStart | None = None) -> Worker:
        worker = Worker(number, task, pipes, self._progress, named=self.capacity > 1, last=last)
        self._workers[number] = worker
        return worker

    def _turn(self, seconds: float) -> None:
        """Wait once, read what there is, and see to deadlines and deaths."""
        deadlines = [worker.deadline for worker in self._workers.values() if worker.deadline is not None]
        late = LATE if any(worker.quiet for worker in self._workers.values()) else seconds
        wait = min([seconds, late, *(deadline - monotonic() for deadline in deadlines)])
        for key, _ in self._selector.select(max(0.0, wait)):
            if key.data is None:
                self._hear()
                continue
            worker = self._workers.get(key.data)
            if worker is None:
                self._see_idle(key.data, key.fd)
            elif key.fd == worker.control:
                if key.fd in worker.open and self._read(worker, key.fd):
                    self._see_reports(worker)
            elif key.fd in worker.open and not worker.quiet:
                self._read(worker, key.fd)
        self._see_late()
        if deadlines:
            for worker in list(self._workers.values()):
                worker.meet_deadline(_GRACE, _HURRY)

    def _see_late(self) -> None:
        """Read what tasks print that take longer than others like them, and let nothing wait behind them."""
        for worker in [worker for worker in self._workers.values() if self._queues.is_late(worker)]:
            self._take_back(worker)

    def _hear(self) -> None:
        """Take what the keeper says; without it, all workers are lost, since they end when it does."""
        try:
            for kind, number, value in self._keeper.told():
                worker = self._workers.get(number)
                if worker is None:
                    self._hear_of_idle(kind, number, value)
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
            for number in list(self._idle):
                self._lose_idle(number)
            for number in list(self._workers):
                self._end(number, LOST)

    def _hear_of_idle(self, kind: int, number: int, value: int) -> None:
        if kind == BORN and number in self._idle:
            self._idle[number].pid = value
        elif kind in (ENDED, REFUSED):
            self._lose_idle(number)

    def _see_idle(self, number: int, descriptor: int) -> None:
        """A worker without a task has died, or something else writes to its streams: it gets no task.

        What its last task has printed may be why this side woke up, and is read by now.
        """
        if number not in self._idle:  # it was let go a moment ago
            return
        with suppress(ConnectionResetError):  # it has died with a task in its socket
            try:
                os.read(descriptor, 1)
            except BlockingIOError:
                return
        self._lose_idle(number)

    def _lose_idle(self, number: int) -> None:
        """Let go of a worker without a task."""
        if number in self._idle:
            self._leave(number, self._idle.pop(number).pipes)

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
            self._forget([descriptor])
            worker.open.discard(descriptor)
        return bool(data)

    def _see_reports(self, worker: Worker) -> None:
        """End the attempts that a worker has reported, if it takes another task; else its process ends by itself."""
        while (report := worker.reported()) is not None and worker.stopped_for is None:
            if not report.again:
                worker.leaves = True
                if worker.ahead:
                    self._queues.take_back(worker)
                worker.quiet = False
                return
            self._take_printed(worker, report)
            self._ends.append(TaskEnd(worker.task, report.outcome, worker.finish()))
            self._queues.note(worker, report)
            following = worker.next()
            if following is None:
                self._rest(self._workers.pop(worker.number), worker.task)
                return
            worker = self._workers[worker.number] = following

    def _take_printed(self, worker: Worker, report: Report) -> None:
        """Read what the task has printed, all of which is there: of a quiet worker no more, which is another task's."""
        if not worker.quiet or report.unread is None:
            self._drain(worker, worker.pipes[1:])
            return
        for descriptor, left in zip(worker.pipes[1:], report.unread, strict=True):
            while left > 0 and descriptor in worker.open and (data := os.read(descriptor, min(left, _CHUNK))):
                worker.feed(descriptor, data)
                left -= len(data)

    def _rest(self, worker: Worker, last: TaskStart | None) -> None:
        """Keep a worker that waits for a task, `last` being what it has run."""
        if worker.open == set(worker.pipes) and len(self._idle) < self.capacity:
            self._idle[worker.number] = Idle(worker.number, worker.pipes, worker.pid, last)
        else:
            self._leave(worker.number, worker.open)

    def _drain(self, worker: Worker, descriptors: Iterable[int]) -> None:
        """Read what is in those of the pipes that are open."""
        for descriptor in descriptors:
            for _ in range(_DRAIN):
                if descriptor not in worker.open or not self._read(worker, descriptor):
                    break

    def _leave(self, number: int, descriptors: Iterable[int]) -> None:
        """Close all that leads to a worker: one that waits for a task ends by that."""
        self._queues.close(number)
        self._forget(descriptors)

    def _forget(self, descriptors: Iterable[int]) -> None:
        for descriptor in descriptors:
            self._selector.unregister(descriptor)
            os.close(descriptor)

    def _end(self, number: int, status: int) -> None:
        worker = self._workers[number]
        worker.kill()  # what it has left running
        if self._queues.take_back(worker):
            task, following = worker.task, worker.instead()
            if following is None:
                self._leave(number, self._workers.pop(number).open)
                self.start(task)
                return
            self._queues.given_back.append(task)
            worker = self._workers[number] = following
        self._drain(worker, worker.pipes[:1])
        if worker.ahead:
            self._see_reports(worker)
        if number not in self._workers:
            self._lose_idle(number)
            return
        worker = self._workers.pop(number)
        self._drain(worker, worker.pipes[1:])
        self._leave(number, worker.open)
        self._ends.append(TaskEnd(worker.task, worker.outcome(status), worker.finish()))


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
