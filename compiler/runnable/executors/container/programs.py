"""The launcher of steps that run an image of their own, around the one that starts all other tasks of a run."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from queue import Queue
from time import monotonic
from typing import Any

from runnable.container_engine import Engine, EngineError
from runnable.execution.launcher import Launcher, TaskEnd, TaskStart
from runnable.execution.progress.events import Progress
from runnable.executors.container.arguments import Origin, container_name
from runnable.executors.container.events import events_within
from runnable.executors.container.program import Event, Finished, Printed, Program, Started
from runnable.executors.container.program_attempt import ProgramAttempt
from runnable.executors.container.program_text import command_line
from runnable.executors.container.shape import Shape
from runnable.ir.nodes import ContainerRun
from runnable.ir.options import Options
from runnable_runtime.failures import TaskFailure
from runnable_runtime.records.origin import Machine
from runnable_runtime.stores.objects import Objects

_EVENTS = 256
"""Pieces of output that may wait to be shown before programs have to wait with printing more."""
_TURN = 0.02
"""Seconds that one of the two launchers is waited for while the other has attempts under way, too."""

Describe = Callable[[TaskStart, ContainerRun, list[str], Shape, Origin], dict[str, Any]]
"""Makes the engine's description of a container: of a task, its program's arguments, and what it needs."""


class ProgramLauncher:
    """Runs steps with an image of their own in containers of `engine`, and lets `inner` start the other tasks."""

    def __init__(
        self,
        inner: Launcher,
        engine: Engine,
        progress: Progress,
        origin: Origin,
        *,
        shape_of: Callable[[Options], Shape],
        describe: Describe,
        machine_of: Callable[[Shape], Machine],
    ) -> None:
        self._inner = inner
        self._engine = engine
        self._progress = progress
        self._origin = origin
        self._shape_of = shape_of
        self._describe = describe
        self._machine_of = machine_of
        self._events: Queue[tuple[Program, Event]] = Queue(_EVENTS)
        self._running: dict[Program, ProgramAttempt] = {}
        self._others = 0
        self._ends: deque[TaskEnd] = deque()

    @property
    def capacity(self) -> int:
        """See `Launcher.capacity`."""
        return self._inner.capacity

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`."""
        run = task.action
        if not isinstance(run, ContainerRun):
            self._others += 1
            self._inner.start(task)
            return
        prefix = f"[{task.path}] " if self.capacity > 1 else ""
        attempt = ProgramAttempt(task, run, self._progress, prefix=prefix)
        try:
            words = command_line(run, task.parameters, Objects(task.storage, task.project))
        except TaskFailure as failure:
            self._ends.append(attempt.failed(failure.message))
            return
        try:
            shape = self._shape_of(task.options)
        except ValueError as error:  # of a parameter, whose value is known only now
            self._ends.append(attempt.failed(f"its resources: {error}"))
            return
        origin = Origin(run_id=self._origin.run_id, owner=self._origin.owner, step=task.path, attempt=task.attempt)
        name = container_name(origin, secrets.token_hex(3))
        try:
            config = self._describe(task, run, words, shape, origin)
        except EngineError as error:  # the image that a parameter names cannot be had
            self._ends.append(attempt.failed(str(error)))
            return
        attempt.machine = self._machine_of(shape)
        program = Program(self._engine, name, config, run.files, remove=shape.remove, tell=self._tell)
        self._running[program] = attempt

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        if self._running:
            self._turn(min(seconds, _TURN) if self._others else seconds)
        if self._ends:
            return self._ends.popleft()
        if self._running and not self._others:
            return None
        end = self._inner.wait(min(seconds, _TURN) if self._running else seconds)
        self._others -= end is not None
        return end

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        for program, attempt in self._running.items():
            attempt.stop(program, "interrupted")
        stopped = self._inner.stop(impatient)
        self._others = 0
        while self._running:
            self._turn(0.05)
        ends = (*self._ends, *stopped)
        self._ends.clear()
        return ends

    def close(self) -> None:
        """Wait until all containers are gone, once nothing is under way."""
        for program, attempt in self._running.items():  # the run has ended otherwise than by `stop`
            attempt.stop(program, "the run has ended")
        while self._running:
            self._turn(0.05)

    def _tell(self, program: Program, event: Event) -> None:
        self._events.put((program, event))

    def _turn(self, seconds: float) -> None:
        """Wait for an event, take all there are, and see to deadlines."""
        deadlines = [attempt.deadline for attempt in self._running.values()]
        for program, event in events_within(self._events, seconds, deadlines):
            self._take(program, event)
        for program, attempt in self._running.items():
            if attempt.deadline is not None and monotonic() >= attempt.deadline:
                attempt.stop(program, f"timed out after {attempt.task.timeout} s")

    def _take(self, program: Program, event: Event) -> None:
        attempt = self._running[program]
        match event:
            case Started():
                attempt.begun()
            case Printed():
                attempt.take(event)
            case Finished():
                del self._running[program]
                self._ends.append(attempt.end(event))
