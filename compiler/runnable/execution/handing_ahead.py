"""Tasks that are handed to a worker while it runs another, so that it need not wait for its next one.

They are recorded as begun, as what may run is. What is taken back before it has begun is recorded as it was before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from runnable.execution.launcher import Launcher, TaskStart
from runnable.execution.waiting import Job
from runnable.ir.nodes import Action, Task
from runnable.ir.order import is_line
from runnable.semantics.fan_out_run import FanOutRun
from runnable.semantics.graph_run import GraphRun


@runtime_checkable
class HandsAhead(Protocol):
    """A launcher that can be given more tasks than it has room for, if they are quick ones."""

    @property
    def behind(self) -> int:
        """How many tasks wait behind others."""
        ...

    def room_ahead(self, action: Action) -> int:
        """How many tasks that run `action` may be started though there is no room for them."""
        ...

    def take_back(self, *, every: bool) -> Sequence[TaskStart]:
        """Tasks that were started and have not begun, and will not: those that would have to wait, or `every` one."""
        ...


class Handing:
    """What of one run is handed ahead. One round of the scheduler after another asks what may be.

    `behind` is how many of the tasks that run wait behind others.
    """

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher if isinstance(launcher, HandsAhead) else None
        self._room: dict[int, int] = {}
        self.behind = 0
        self._to_show: dict[str, Callable[[], None]] = {}
        self._in_line: dict[int, bool] = {}

    def begin_round(self) -> None:
        """Ask the launcher anew how much it takes: it has what the round before has begun."""
        self._room.clear()
        self.behind = 0 if self._launcher is None else self._launcher.behind

    def takes(self, job: Job | None) -> bool:
        """Whether `job` may begin now, behind others; if so it does.

        It is an item's, and nothing beside it can have begun with it: so all that is recorded of it can be taken back.
        """
        if job is None or self._launcher is None or not self._can_be_taken_back(job):
            return False
        action = job.task.action
        if id(action) not in self._room:
            self._room[id(action)] = self._launcher.room_ahead(action)
        if not self._room[id(action)]:
            return False
        self._room[id(action)] -= 1
        self.behind += 1
        return True

    def _can_be_taken_back(self, job: Job) -> bool:
        options, graph = job.task.options, job.graph
        if options.mutex is not None or options.semaphore or options.timeout is not None:
            return False
        if not isinstance(graph, GraphRun) or not isinstance(graph.parent, FanOutRun):
            return False
        return self._is_in_line(job.task, graph)

    def _is_in_line(self, task: Task, graph: GraphRun) -> bool:
        if id(task) not in self._in_line:
            self._in_line[id(task)] = is_line(graph.graph)
        return self._in_line[id(task)]

    def show_later(self, path: str, show: Callable[[], None]) -> None:
        """`show` that the task at `path` has begun when it is known to have."""
        self._to_show[path] = show

    def show(self, path: str = "") -> None:
        """Show that the task at `path` has begun, or all that have not been taken back."""
        for one in [path] if path else list(self._to_show):
            if (show := self._to_show.pop(one, None)) is not None:
                show()

    def take_back(self, *, every: bool) -> Sequence[TaskStart]:
        """See `HandsAhead.take_back`. What is left in workers has begun."""
        if self._launcher is None:
            return ()
        found = self._launcher.take_back(every=every)
        for task in found:
            self._to_show.pop(task.path, None)
        return found
