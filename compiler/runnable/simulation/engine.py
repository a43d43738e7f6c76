"""A run in which tasks only take time. `semantics` says what is next, `execution.waiting` who waits: as in a run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import simpy

from runnable.execution.waiting import Job, Waiting
from runnable.ir.nodes import Program, Task
from runnable.ir.walk import join
from runnable.semantics.composites import LoopRun, SwitchRun
from runnable.semantics.fan_out_run import FanOutRun
from runnable.semantics.frame import Frame, around, program_path
from runnable.semantics.scope import Scope
from runnable.simulation.known import Known, Took, Unknown
from runnable.simulation.locks import Held
from runnable.simulation.place import NOTHING, Place, Room, fits_nowhere
from runnable.simulation.prepared import ReducingTraversal, prepared, with_lists
from runnable.simulation.simulated import Because, Ran, Simulated
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Status


class CannotSimulate(Exception):
    """Something that decides is not known: `untimed` steps, or the parameter that decides about the step at `where`."""

    def __init__(self, untimed: tuple[str, ...] = (), where: str = "", parameter: str = "", source: str = "") -> None:
        super().__init__(where or ", ".join(untimed))
        self.untimed = untimed
        self.where = where
        self.parameter = parameter
        self.source = source


class FitsNowhere(Exception):
    """The task at `where` asks for more than any node, or the quota, has."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


def simulate(program: Program, known: Known, place: Place) -> Simulated:
    """Run `program` at `place`. Raises CannotSimulate, FitsNowhere."""
    return _Engine(program, known, place).run()


class _Engine:
    """One run; a `Visitor`. `run` is called once."""

    def __init__(self, program: Program, known: Known, place: Place) -> None:
        self._known = with_lists(known, program)
        self._place = place
        self._program = prepared(program, self._known)
        self._traversal = ReducingTraversal(self._program, program, self._known, self)
        self._clock = simpy.Environment()
        self._locks = Held()
        self._waiting = Waiting(self._runs, self._locks)
        self._room = Room(place)
        self._limited = place.is_limited
        self._begun: set[str] = set()
        self._under_way = 0
        self._dispatched = 0.0
        self._ran: list[Ran] = []
        self._jobs: dict[int, tuple[Job, Took]] = {}
        self._because: dict[str, Because] = {}
        self._last: int | None = None
        self._untimed: dict[str, None] = {}
        self._notes: dict[str, None] = {}
        self._status = Status.RUNNING

    def run(self) -> Simulated:
        """Run to the end."""
        self._traversal.begin(self._program.parameters)
        self._go_on()
        self._clock.run()
        if self._untimed:
            raise CannotSimulate(tuple(self._untimed))
        return Simulated(self._program, self._place, tuple(self._ran), self._status, tuple(self._notes))

    # --- events of `Traversal` ---

    def entered(self, frame: Frame, position: int) -> None:
        """See `Visitor.entered`."""

    def task(self, frame: Frame, position: int, task: Task, scope: Scope) -> None:
        """See `Visitor.task`."""
        path = frame.path_of(position)
        job = Job(frame, position, task, path, scope, 1, self._known.attempts(path, task), ready=self._clock.now)
        self._because[path] = Because(self._last)
        self._waiting.add(job)

    def skipped(self, frame: Frame, position: int) -> None:
        """See `Visitor.skipped`."""

    def frame_ended(self, frame: Frame, status: Status, message: str, outputs: Mapping[str, Json]) -> None:
        """See `Visitor.frame_ended`."""
        self._begun.discard(frame.path)
        if frame.parent is None:
            self._status = status
        if isinstance(frame, FanOutRun):
            self._refuse_unknown(frame, frame.fan_out.iterate_on)
        elif isinstance(frame, SwitchRun):
            self._refuse_unknown(frame, frame.switch.parameter)
        elif isinstance(frame, LoopRun) and isinstance(outputs.get(frame.loop.break_on), Unknown):
            self._note_iterations(frame)

    def _note_iterations(self, frame: LoopRun) -> None:
        where, name, most = program_path(frame), frame.loop.break_on, frame.loop.max_iterations
        if most > 1 and self._known.iterations(where) is None:
            self._notes[f"{where!r} is taken to run all of its {most} iterations: {name!r} is not known"] = None

    def _refuse_unknown(self, frame: FanOutRun | SwitchRun, name: str) -> None:
        value = frame.given.get(name)[1]
        if isinstance(value, Unknown) and not self._untimed:
            raise CannotSimulate(where=program_path(frame), parameter=name, source=value.source)

    # --- tasks ---

    def _runs(self, path: str) -> bool:
        return path in self._begun

    def _go_on(self) -> None:
        """Pass on what has ended, and begin what there is a place and a lock for."""
        self._traversal.settle()
        if self._waiting.for_locks:
            self._waiting.look_at_locks()
        most = self._place.at_once
        while (most is None or self._under_way < most) and (taken := self._waiting.take()) is not None:
            job, is_called_off = taken
            if is_called_off:
                status = Status.FAILED if job.begun else Status.SKIPPED
                self._locks.release(job.path)
                self._traversal.end(job.graph, job.position, status, {})
                self._traversal.settle()
            else:
                self._begin(job)
        if self._limited:
            for number in self._room.placed():
                self._start(number)

    def _begin(self, job: Job) -> None:
        """A task has its turn: it starts, or as a pod waits for a node with room."""
        where = join(program_path(job.graph), job.task.name)
        idle = job.task.is_idle
        took = Took(0.0) if idle else self._known.attempt(job.path, where, job.attempt)
        if took is None:
            self._untimed[where] = None
            took = Took(0.0)
        for frame in around(job.graph):
            self._begun.add(frame.path)
        job.begun = True
        because = self._because[job.path]
        if job.ready < self._clock.now:
            because = Because(self._last, "waits for locks" if _has_locks(job.task) else "waits for its turn")
        number = len(self._ran)
        asked = NOTHING if idle else self._place.asked(job.task)
        counted = NOTHING if idle else self._place.counted(job.task)
        begun = self._clock.now
        self._ran.append(Ran(job.path, where, job.attempt, job.ready, begun, begun, begun, because, idle, counted))
        self._jobs[number] = (job, took)
        self._under_way += 1
        if not self._limited or idle:
            self._start(number)
        elif fits_nowhere(asked, self._place):
            raise FitsNowhere(where)
        else:
            self._room.wait(number, asked)

    def _start(self, number: int) -> None:
        job, took = self._jobs[number]
        ran, now, place = self._ran[number], self._clock.now, self._place
        if now > ran.begun:
            ran.because = Because(self._last, "waits for a node with room")
        seconds, failed = took.seconds, took.failed
        timeout = job.task.options.timeout
        if timeout is not None and seconds > timeout:
            seconds, failed = float(timeout), True
        start = 0.0 if ran.idle and place.is_cluster else place.starts.get((ran.path, ran.attempt), place.start)
        self._dispatched = max(self._dispatched, now) + place.dispatch
        ran.begun, ran.started = now, self._dispatched + start
        ran.ended, ran.failed = ran.started + seconds, failed
        event = self._clock.timeout(ran.ended - now)
        event.callbacks.append(partial(self._ended, number))

    def _ended(self, number: int, event: simpy.Event) -> None:
        job, _ = self._jobs.pop(number)
        ran = self._ran[number]
        self._last = number
        self._under_way -= 1
        if self._limited and not ran.idle:
            self._room.leave(number)
        if ran.failed and job.attempt < job.attempts:
            job.attempt += 1
            job.ready = self._clock.now
            self._because[job.path] = Because(number)
            self._waiting.add(job)
        else:
            self._locks.release(job.path)
            status = Status.FAILED if ran.failed else Status.SUCCEEDED
            outputs = {} if ran.failed else self._known.outputs(job.path, ran.where, job.task)
            self._traversal.end(job.graph, job.position, status, outputs)
        self._go_on()


def _has_locks(task: Task) -> bool:
    return task.options.mutex is not None or bool(task.options.semaphore)
