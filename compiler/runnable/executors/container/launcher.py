"""Starting tasks in containers: one for each, or, with `reuse`, one for all that can share it."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import field
from queue import Empty, Queue
from time import monotonic
from typing import Any

from runnable.container_engine import EngineError
from runnable.execution.launcher import Outcome, TaskEnd, TaskStart
from runnable.execution.progress.events import Progress
from runnable.executors.container.arguments import Origin, container_name
from runnable.executors.container.attempt import Attempt
from runnable.executors.container.container import Container, Event, Gone
from runnable.executors.container.events import events_within
from runnable.executors.container.host import Host
from runnable.executors.container.shape import Shape
from runnable.ir.options import Options
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import PROTOCOL_VERSION
from runnable_runtime.records.origin import Machine
from runnable_runtime.records.records import Status
from runnable_runtime.session.frames import Frame

_EVENTS = 256
"""Pieces of output, of up to 64 KiB, that may wait to be shown before containers have to wait with printing more."""
_END = 20.0
"""Seconds that containers get to end by themselves when the run has ended."""


@dataclass(slots=True)
class _Room:
    """A container, its shape, and the attempts under way in it by their number."""

    shape: Shape
    container: Container
    attempts: dict[int, Attempt] = field(default_factory=dict)
    count: int = 0


class ContainerLauncher:
    """Runs attempts in containers. With more than one at a time, the lines that they print are shown with the path."""

    def __init__(
        self,
        host: Host,
        progress: Progress,
        origin: Origin,
        *,
        capacity: int,
        reuse: bool,
        shape_of: Callable[[Options], Shape],
        describe: Callable[[Shape, Origin], dict[str, Any]],
        machine_of: Callable[[Shape], Machine | None],
    ) -> None:
        """`shape_of` says what a task needs, and `describe` makes of that, and of what it is for, what `host` takes.

        `machine_of` says what records have of where it ran.
        """
        self.capacity = capacity
        self._host = host
        self._progress = progress
        self._origin = origin
        self._reuse = reuse
        self._shape_of = shape_of
        self._describe = describe
        self._machine_of = machine_of
        self._rooms: dict[Container, _Room] = {}
        self._events: Queue[tuple[Container, Event]] = Queue(_EVENTS)
        self._ends: deque[TaskEnd] = deque()
        self._containers: list[Container] = []

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`. A stub that moves no files does nothing, and needs no container to do it."""
        if task.spec.kind == "stub" and not task.spec.get and not task.spec.put:
            self._ends.append(TaskEnd(task, Outcome(status=Status.SUCCEEDED), False))
            return
        try:
            shape = self._shape_of(task.options)
        except ValueError as error:  # of a parameter, whose value is known only now
            outcome = Outcome(status=Status.FAILED, message=f"its resources: {error}")
            self._ends.append(TaskEnd(task, outcome, False))
            return
        try:
            room = self._room_for(shape) or self._new_room(shape, task)
        except EngineError as error:  # the image that a parameter names cannot be had
            self._ends.append(TaskEnd(task, Outcome(status=Status.FAILED, message=str(error)), False))
            return
        room.count += 1
        prefix = f"[{task.path}] " if self.capacity > 1 else ""
        machine = self._machine_of(shape)
        attempt = Attempt(task, room.count, room.container, self._progress, prefix=prefix, machine=machine)
        room.attempts[attempt.number] = attempt
        known = dict(shape.environment)
        room.container.send(attempt.request({k: v for k, v in task.environment.items() if known.get(k) != v}))
        if room.container.ready:
            attempt.begun()
        else:
            attempt.expect()

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        if not self._ends:
            self._turn(seconds)
        return self._ends.popleft() if self._ends else None

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        for room in self._rooms.values():
            for attempt in room.attempts.values():
                attempt.stop("interrupted")
        while any(room.attempts for room in self._rooms.values()):
            if impatient():
                for container in self._rooms:
                    container.kill()
            self._turn(0.05)
        stopped = tuple(self._ends)
        self._ends.clear()
        return stopped

    def close(self) -> None:
        """End and remove all containers, once nothing is under way."""
        for container in self._containers:
            container.close()
        deadline = monotonic() + _END
        for container in self._containers:
            while not container.join(0.02):
                self._discard_events()
                if monotonic() > deadline:
                    container.kill()
                    deadline = monotonic() + _END

    def _room_for(self, shape: Shape) -> _Room | None:
        """A container that is there already, if one may take another task of `shape`."""
        if not self._reuse:
            return None
        rooms = [room for room in self._rooms.values() if room.shape == shape]
        return next((room for room in rooms if not shape.limited or not room.attempts), None)

    def _new_room(self, shape: Shape, task: TaskStart) -> _Room:
        origin = self._origin
        if not self._reuse:
            origin = Origin(run_id=origin.run_id, owner=origin.owner, step=task.path, attempt=task.attempt)
        name = container_name(origin, secrets.token_hex(3))
        container = Container(self._host, name, self._describe(shape, origin), remove=shape.remove, tell=self._tell)
        self._containers.append(container)
        room = self._rooms[container] = _Room(shape, container)
        return room

    def _tell(self, container: Container, event: Event) -> None:
        self._events.put((container, event))

    def _turn(self, seconds: float) -> None:
        """Wait for an event, take all there are, and see to deadlines."""
        attempts = [attempt for room in self._rooms.values() for attempt in room.attempts.values()]
        for container, event in events_within(self._events, seconds, [attempt.deadline for attempt in attempts]):
            self._take(container, event)
        for attempt in attempts:
            attempt.meet_deadline()

    def _take(self, container: Container, event: Event) -> None:
        room = self._rooms.get(container)
        if room is None:
            return
        match event:
            case Gone(problem):
                del self._rooms[container]
                self._ends += [attempt.lost(problem) for attempt in room.attempts.values()]
            case Frame(header):
                if "session" in header:
                    self._begin(room, header["session"])
                elif (attempt := room.attempts.get(header.get("task", 0))) is not None:
                    self._hear(room, attempt, event)

    def _begin(self, room: _Room, version: int) -> None:
        if version != PROTOCOL_VERSION:
            problem = f"{room.shape.image} has task protocol {version}, and this runnable has {PROTOCOL_VERSION}"
            room.container.kill()
            self._take(room.container, Gone(problem))
            return
        room.container.ready = True
        for attempt in room.attempts.values():
            attempt.begun()

    def _hear(self, room: _Room, attempt: Attempt, frame: Frame) -> None:
        end = attempt.take(frame)
        if end is None:
            return
        self._ends.append(end)
        del room.attempts[attempt.number]
        if not self._reuse:
            room.container.close()

    def _discard_events(self) -> None:
        try:
            while True:
                self._events.get_nowait()
        except Empty:
            return
