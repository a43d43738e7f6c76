"""Going through a program: which node starts, which never will, and how composites end, given how tasks do.

A visitor says how tasks end, at once or later: the scheduler runs them, and a run that is resumed knows how some of
them have ended (`runs.resume`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Protocol

from runnable.ir.nodes import FanOut, Graph, Program, Task
from runnable.passes.analysis.dataflow import analyze
from runnable.semantics.collecting import Failure
from runnable.semantics.composites import open_frame
from runnable.semantics.fan_out_run import FanOutRun
from runnable.semantics.frame import Frame, takes_no_more
from runnable.semantics.graph_run import GraphRun
from runnable.semantics.scope import Scope
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Status
from runnable_runtime.values.parameters import Load


class Visitor(Protocol):
    """What is called for each node, which is the member `position` of `frame`."""

    def entered(self, frame: Frame, position: int) -> None:
        """The node starts. Called before `task`, and before the frame of a composite is opened."""

    def task(self, frame: Frame, position: int, task: Task, scope: Scope) -> None:
        """The task starts, and sees `scope`. `Traversal.end` is called once it has ended, if it does."""

    def skipped(self, frame: Frame, position: int) -> None:
        """The node will not run, nor will any of its members."""

    def frame_ended(self, frame: Frame, status: Status, message: str, outputs: Mapping[str, Json]) -> None:
        """A composite has ended; `message` says why if it has failed, `outputs` are those of one that has succeeded."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """A node that has ended, which its frame does not know yet."""

    frame: Frame
    position: int
    status: Status
    outputs: Mapping[str, Json]
    message: str


class Traversal:
    """One way through a program. No node is visited before those that it waits for have ended.

    `failures` counts the members, of all frames, that have failed: only then may others be called off.
    """

    def __init__(self, program: Program, visitor: Visitor, load: Load, *, all_items: bool = False) -> None:
        """`load` replaces references by their values, where these decide what runs next.

        With `all_items` every item of a fan-out, and every branch, is visited, whether or not those before have ended.
        """
        self._program = program
        self._visitor = visitor
        self._load = load
        self._all_items = all_items
        self._ended: deque[_Ended] = deque()
        self.failures = 0

    def begin(self, parameters: Mapping[str, Json]) -> None:
        """Start with the nodes that wait for nothing."""
        self._begin_frame(GraphRun(self._program.graph, "", Scope.of(parameters)))

    def end(self, frame: Frame, position: int, status: Status, outputs: Mapping[str, Json], message: str = "") -> None:
        """Note how a task has ended, and why if it failed; what follows from it is done by `settle`."""
        self.failures += status is Status.FAILED
        self._ended.append(_Ended(frame, position, status, outputs, message))

    def settle(self) -> None:
        """Pass on every end that was noted to its frame, and the end of a frame to its parent; start what is ready."""
        while self._ended:
            node = self._ended.popleft()
            frame = node.frame
            ready, skipped = frame.end(node.position, node.status, node.outputs, node.message)
            for position in skipped:
                self._skip(frame, position)
            for position in ready:
                self._begin(frame, position)
            if frame.remaining == 0:
                self._end_frame(frame)

    def _begin(self, frame: Frame, position: int) -> None:
        if not self._all_items and takes_no_more(frame):
            self._skip(frame, position)
            return
        self._visitor.entered(frame, position)
        node, scope = frame.node(position), frame.scope_before(position)
        if isinstance(node, Task):
            self._visitor.task(frame, position, node, scope)
            return
        if self._all_items and isinstance(node, FanOut | Graph):
            node = replace(node, max_parallel=None)
        path = frame.path_of(position)
        self._begin_frame(open_frame(node, path, scope, frame, position, self._read_after, self._load))

    def _begin_frame(self, frame: Frame) -> None:
        for position in frame.never():
            self._skip(frame, position)
        for position in frame.first():
            self._begin(frame, position)
        if frame.remaining == 0:
            self._end_frame(frame)

    def _end_frame(self, frame: Frame) -> None:
        status, message = (Status.FAILED, frame.halted) if frame.halted else frame.result()
        outputs = frame.outputs() if status is Status.SUCCEEDED else {}
        self._visitor.frame_ended(frame, status, message, outputs)
        if isinstance(frame, GraphRun) and isinstance(frame.parent, FanOutRun) and status is Status.FAILED:
            failure = Failure("", frame.halted) if frame.halted else frame.failure()
            frame.parent.failed(frame.position, failure)
        if frame.parent is not None:
            self.end(frame.parent, frame.position, status, outputs)

    def _skip(self, frame: Frame, position: int) -> None:
        self._visitor.skipped(frame, position)
        self.end(frame, position, Status.SKIPPED, {})

    def _read_after(self, fan_out: str) -> tuple[str, ...]:
        """The names of a fan-out's lists that are read after it; computed only when an item lacks a name."""
        return self._collected.get(fan_out, ())

    @cached_property
    def _collected(self) -> Mapping[str, tuple[str, ...]]:
        return analyze(self._program).collected
