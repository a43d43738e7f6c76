"""A walk through a program that runs nothing: from known ends of tasks follows how everything else has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runnable.ir.nodes import Program, Task
from runnable.semantics.fan_out_run import FanOutRun
from runnable.semantics.frame import Frame
from runnable.semantics.scope import Scope
from runnable.semantics.traversal import Traversal
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Status
from runnable_runtime.values.parameters import Load


@dataclass(frozen=True, slots=True)
class End:
    """How a node has ended, and what it wrote; why it failed, of a fan-out what each item wrote."""

    status: Status
    outputs: Mapping[str, Json]
    message: str = ""
    items: tuple[Mapping[str, Json], ...] | None = None

    @property
    def failed(self) -> bool:
        """Whether it has failed."""
        return self.status is Status.FAILED

    @property
    def succeeded(self) -> bool:
        """Whether it has succeeded."""
        return self.status is Status.SUCCEEDED


EndOf = Callable[[Frame, int, Task, str, Scope], End | None]
"""How the task at a path, a member of a frame, has ended, given what it sees; None where that is not known."""


class Walk:
    """What follows from the ends of tasks: how composites have ended, which branch was chosen, what was skipped.

    Nothing after a node that has not ended is visited. `entered` is called for each node before anything is made of it.
    `visited` has all nodes that have started, and `left_out` those that never will, with their frames and positions;
    `ends` those that have ended. All are by path.
    """

    def __init__(
        self,
        program: Program,
        parameters: Mapping[str, Json],
        end_of: EndOf,
        load: Load,
        entered: Callable[[Frame, int, str], None] = lambda frame, position, path: None,
    ) -> None:
        self.visited: dict[str, tuple[Frame, int]] = {}
        self.left_out: dict[str, tuple[Frame, int]] = {}
        self.ends: dict[str, End] = {}
        self._end_of = end_of
        self._entered = entered
        self._traversal = Traversal(program, self, load, all_items=True)
        self._traversal.begin(parameters)
        self._traversal.settle()

    def entered(self, frame: Frame, position: int) -> None:
        """See `Visitor.entered`."""
        path = frame.path_of(position)
        self.visited[path] = frame, position
        self._entered(frame, position, path)

    def task(self, frame: Frame, position: int, task: Task, scope: Scope) -> None:
        """See `Visitor.task`."""
        path = frame.path_of(position)
        end = self._end_of(frame, position, task, path, scope)
        if end is not None:
            self.ends[path] = end
            self._traversal.end(frame, position, end.status, end.outputs, end.message)

    def skipped(self, frame: Frame, position: int) -> None:
        """See `Visitor.skipped`."""
        self.left_out[frame.path_of(position)] = frame, position

    def frame_ended(self, frame: Frame, status: Status, message: str, outputs: Mapping[str, Json]) -> None:
        """See `Visitor.frame_ended`."""
        items = frame.written() if isinstance(frame, FanOutRun) else None
        self.ends[frame.path] = End(status, outputs, message, items)
