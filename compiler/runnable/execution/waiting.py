"""The tasks that wait for their turn, in the order of the pipeline."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import field
from time import monotonic
from typing import Protocol

from runnable.ir.nodes import Locks, Task
from runnable.ir.walk import join
from runnable.semantics.frame import Frame, around, program_path
from runnable.semantics.scope import Scope
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import StepRecord


class TakesLocks(Protocol):
    """What has the locks that tasks wait for."""

    def take(self, key: str, locks: Locks, who: str, where: str) -> bool:
        """Take all of `locks` for `key`, or none; True if it has them. `who` waits, at `where` of the program."""
        ...


@dataclass(slots=True, eq=False)
class Job:
    """A task that is queued or running, with its position in its graph.

    `begun`: an attempt at it has been made. `ready`: the moment from which it, or its next attempt, could have started.
    `before` are the records that its beginning has changed, as they were. `ahead`: it was started behind another task.
    """

    graph: Frame
    position: int
    task: Task
    path: str
    scope: Scope
    attempt: int
    attempts: int
    begun: bool = False
    ready: float = field(default_factory=monotonic)
    before: tuple[StepRecord, ...] = ()
    ahead: bool = False

    def waited(self) -> float:
        """Seconds that it has waited by now, for locks or for a worker."""
        return round(monotonic() - self.ready, 6)


Entry = tuple[tuple[int, ...], int, Job]
"""A task in the queue, after what it is ordered by: its position in the pipeline, and the attempt."""
Wanted = tuple[str, Locks]
"""A task of the program, and the locks that it takes: of its many items the first one asks for them all."""


@dataclass(slots=True)
class Waiting:
    """A queue by position, so that with one worker tasks run depth first. `runs` says whether a composite has begun.

    What waits for a lock is set aside, until `look_at_locks`: of those that wait for the same ones, only the first is
    looked at again, and a further one when that has them. So thousands may wait for one lock.
    """

    runs: Callable[[str], bool]
    locking: TakesLocks
    _queue: list[Entry] = field(default_factory=list)
    _locked_out: dict[Wanted, list[Entry]] = field(default_factory=dict)
    _refused: set[Wanted] = field(default_factory=set)
    _failures: int = 0

    @property
    def for_locks(self) -> bool:
        """Whether something waits for a lock."""
        return bool(self._locked_out)

    @property
    def queued(self) -> bool:
        """Whether something waits for nothing but its turn, as far as is known."""
        return bool(self._queue)

    @property
    def first(self) -> Job | None:
        """What is next in the queue, if nothing keeps it."""
        return self._queue[0][2] if self._queue else None

    def add(self, job: Job) -> None:
        """Put a task into the queue."""
        heapq.heappush(self._queue, _entry(job))

    def look_at_locks(self, failures: int | None = None) -> None:
        """Put the first of what was set aside for each lock into the queue again.

        All of it, if `failures`, how many steps have failed by now, are not known, or more than before: then any of it
        may be called off.
        """
        self._refused.clear()
        if failures is not None and failures == self._failures:
            for wanted in list(self._locked_out):
                self._next_for(wanted)
            return
        self._failures = self._failures if failures is None else failures
        for entries in self._locked_out.values():
            for entry in entries:
                heapq.heappush(self._queue, entry)
        self._locked_out.clear()

    def take(self) -> tuple[Job, bool] | None:
        """The next task that is called off, or has its locks, and whether it is called off; None if there is none."""
        while self._queue:
            entry = heapq.heappop(self._queue)
            job = entry[2]
            if self._is_called_off(job):
                self._next_for(_wanted(job))
                return job, True
            if self._has_locks(job):
                self._next_for(_wanted(job))
                return job, False
            heapq.heappush(self._locked_out.setdefault(_wanted(job), []), entry)
        return None

    def take_called_off(self) -> list[Job]:
        """All that are called off, in their order; the others stay."""
        self.look_at_locks()
        found: list[Entry] = []
        stay: list[Entry] = []
        for entry in sorted(self._queue):
            (found if self._is_called_off(entry[2]) else stay).append(entry)
        self._queue = stay
        return [job for _, _, job in found]

    def _next_for(self, wanted: Wanted) -> None:
        """Put the first of those that wait for the same locks into the queue again, if there is one."""
        if entries := self._locked_out.get(wanted):
            heapq.heappush(self._queue, heapq.heappop(entries))
            if not entries:
                del self._locked_out[wanted]

    def _is_called_off(self, job: Job) -> bool:
        """Whether something around a task is to begin no further member, and what the task is in is one."""
        begun = job.begun
        for frame in around(job.graph):
            if frame.halted or (frame.fails_fast and not begun):
                return True
            begun = begun or self.runs(frame.path)
        return False

    def _has_locks(self, job: Job) -> bool:
        """Take what the task waits for, if it is free: of the many items of a Map the first one asks for them all."""
        wanted = where, locks = _wanted(job)
        if locks == _NONE:
            return True
        if not job.begun and wanted in self._refused:  # what has begun keeps its locks for a further attempt
            return False
        if self.locking.take(job.path, locks, job.path, where):
            return True
        self._refused.add(wanted)
        return False


_NONE = Locks()


def _entry(job: Job) -> Entry:
    return (*job.graph.key, job.position), job.attempt, job


def _wanted(job: Job) -> Wanted:
    """Where in the program a task is, and its locks; without locks, neither."""
    options = job.task.options
    if options.mutex is None and not options.semaphore:
        return "", _NONE
    return join(program_path(job.graph), job.task.name), Locks(options.mutex, options.semaphore)
