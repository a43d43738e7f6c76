"""What workers are handed while they still run the task before, so that they need not wait for the next one.

It waits in a worker's socket, one message a task, which this side can read as well: what the worker has not read it has
not begun, and is taken back when it would have to wait, or is not to begin any more.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Collection
from time import monotonic

from runnable.execution.launcher import TaskStart
from runnable.executors.local.pace import LATE, Paces
from runnable.executors.local.worker_handle import Worker
from runnable.executors.local.worker_messages import hand_over_like, take_back
from runnable.executors.local.worker_reports import Report
from runnable.ir.nodes import Action


def channel() -> tuple[int, int]:
    """The two ends of what leads to a worker: a socket that keeps messages apart, where the system has such ones."""
    try:
        mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    except (AttributeError, OSError):
        mine, its = socket.socketpair()
    return mine.detach(), its.detach()


class Queues:
    """The tasks that wait in the workers of one run. `given_back` are those that are taken back."""

    def __init__(self) -> None:
        self.given_back: list[TaskStart] = []
        self._paces = Paces()
        self._inboxes: dict[int, int] = {}

    def open(self, number: int, inbox: int) -> None:
        """Keep the worker's own end of its socket, if what is in it can be told apart."""
        with socket.socket(fileno=os.dup(inbox)) as one:
            if one.type != socket.SOCK_STREAM:
                self._inboxes[number] = os.dup(inbox)

    def close(self, number: int) -> None:
        """Let go of the worker's end of its socket: the worker is gone, or is to end."""
        if (inbox := self._inboxes.pop(number, None)) is not None:
            os.close(inbox)

    def note(self, worker: Worker, report: Report) -> None:
        """Note how long the worker's task has taken."""
        self._paces.note(worker.task.action, report)

    def is_quiet(self, worker: Worker) -> bool:
        """Whether others may be handed to a worker, which is about to begin its task, before that has ended."""
        return worker.number in self._inboxes and self._paces.depth(worker.task.action) > 0

    def room(self, workers: Collection[Worker], action: Action) -> int:
        """How many tasks that run `action` can be handed ahead."""
        depth = self._paces.depth(action)
        return (
            sum(max(0, depth - len(worker.ahead)) for worker in workers if self._takes(worker, action)) if depth else 0
        )

    def hand(self, workers: Collection[Worker], task: TaskStart) -> bool:
        """Hand `task` to the worker that will begin it first; whether there is one that can be handed it now."""
        found = [worker for worker in workers if self._takes(worker, task.action)]
        worker = min(found, key=lambda one: len(one.ahead), default=None)
        if worker is None:
            return False
        try:
            if not hand_over_like(worker.control, task, worker.ahead[-1] if worker.ahead else worker.task):
                return False
        except OSError:  # there is no room for it
            return False
        worker.ahead.append(task)
        return True

    def is_late(self, worker: Worker) -> bool:
        """Whether the worker's task takes longer than what is behind it, or what it has printed, should wait."""
        return worker.quiet and worker.since < monotonic() - LATE

    def take_back(self, worker: Worker) -> bool:
        """Take back what waits in the worker; whether its task was among that, and is not begun either.

        That one is not given back. What stays in `ahead` the worker has begun, in that order.
        """
        if worker.number not in self._inboxes:
            return False
        paths = set(take_back(self._inboxes[worker.number]))
        self._paces.slow(worker.task.action)
        self.given_back += [task for task in worker.ahead if task.path in paths]
        begun = [task for task in worker.ahead if task.path not in paths]
        worker.ahead.clear()
        worker.ahead.extend(begun)
        return worker.task.path in paths

    def _takes(self, worker: Worker, action: Action) -> bool:
        known = worker.number in self._inboxes and worker.pid and worker.stopped_for is None
        return bool(known) and worker.quiet and worker.task.action is action and not worker.leaves
