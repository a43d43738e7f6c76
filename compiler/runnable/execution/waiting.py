"""The tasks that wait for their turn, in the order of the pipeline."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from runnable.ir.nodes import Locks, Task
from runnable.ir.walk import join
from runnable.semantics.frame import Frame, around, program_path
from runnable.semantics.scope import Scope


class TakesLocks(Protocol):
    """What has the locks that tasks wait for."""

    def take(self, key: str, locks: Locks, who: str, where: str) -> bool:
        """Take all of `locks` for `key`, or none; True if it has them. `who` waits, at `where` of the program."""
        ...


@dataclass(slots=True, eq=False)
class Job:
    """A task that is queued or running, with its position in its graph.

    `begun`: an attempt at it has been made. `ready`: the moment from which it, or its next attempt, could have started.
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

    def waited(self) -> float:
        """Seconds that it has waited by now, for locks or for a worker."""
        return round(monotonic() - self.ready, 6)


Entry = tuple[tuple[int, ...], int, Job]
"""A task in the queue, after what it is ordered by: its position in the pipeline, and the attempt."""


@dataclass(slots=True)
class Waiting:
    """A queue by position, so that with one worker tasks run depth first. `runs` says whether a composite has begun.

    What waits for a lock is set aside, until `look_at_locks`.
    """

    runs: Callable[[str], bool]
    locking: TakesLocks
    _queue: list[Entry] = field(default_factory=list)
    _locked_out: list[Job] = field(default_factory=list)
    _refused: set[tuple[str, Locks]] = field(default_factory=set)

    @property
    def for_locks(self) -> bool:
        """Whether something waits for a lock."""
        return bool(self._locked_out)

    def add(self, job: Job) -> None:
        """Put a task into the queue."""
        heapq.heappush(self._queue, ((*job.graph.key, job.position), job.attempt, job))

    def look_at_locks(self) -> None:
        """Put what was set aside into the queue again."""
        for job in self._locked_out:
            self.add(job)
        self._locked_out.clear()
        self._refused.clear()

    def take(self) -> tuple[Job, bool] | None:
        """The next task that is called off, or has its locks, and whether it is called off; None if there is none."""
        while self._queue:
            job = heapq.heappop(self._queue)[2]
            if (called_off := self._is_called_off(job)) or self._has_locks(job):
                return job, called_off
            self._locked_out.append(job)
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
        options = job.task.options
        if options.mutex is None and not options.semaphore:
            return True
        where, locks = join(program_path(job.graph), job.task.name), Locks(options.mutex, options.semaphore)
        if not job.begun and (where, locks) in self._refused:  # what has begun keeps its locks for a further attempt
            return False
        if self.locking.take(job.path, locks, job.path, where):
            return True
        self._refused.add((where, locks))
        return False
