"""A run in which tasks only take time. `semantics` says what is next, `execution.waiting` who waits: as in a run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import count

import simpy

from runnable.execution.waiting import Job, Waiting
from runnable.ir.nodes import Program, Task
from runnable.ir.others import HttpRequest, TemplateCall
from runnable.ir.walk import join
from runnable.semantics.composites import LoopRun, SwitchRun
from runnable.semantics.fan_out_run import FanOutRun
from runnable.semantics.frame import Frame, around, program_path
from runnable.semantics.scope import Scope
from runnable.simulation.known import Known, Took, Unknown
from runnable.simulation.locks import Held
from runnable.simulation.place import AGENT, NOTHING, Place, Room, fits_nowhere
from runnable.simulation.pods import Pod, Pods
from runnable.simulation.prepared import ReducingTraversal, prepared, with_lists
from runnable.simulation.sharing import limits_of_pods, without_limits
from runnable.simulation.simulated import Because, Ran, Simulated, Stay
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
        limits = limits_of_pods(program, place.sharing)
        self._known = with_lists(known, program)
        self._place = place
        self._program = prepared(without_limits(program, limits), self._known)
        self._traversal = ReducingTraversal(self._program, program, self._known, self)
        self._clock = simpy.Environment()
        self._locks = Held()
        self._waiting = Waiting(self._runs, self._locks)
        self._pods = Pods(place.sharing, limits)
        self._room = Room(place)
        self._limited = place.is_limited
        self._for_room: dict[int, Pod] = {}
        self._numbers = count()
        self._begun: set[str] = set()
        self._under_way = 0
        self._dispatched = 0.0
        self._agent: float | None = None
        """When Argo's agent was there."""
        self._ran: list[Ran] = []
        self._stays: list[Stay] = []
        self._jobs: dict[int, tuple[Job, Pod]] = {}
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
        ran, stays, notes = tuple(self._ran), tuple(self._stays), tuple(self._notes)
        agent = None if self._agent is None else Stay(max(0.0, self._clock.now - self._agent), AGENT, idle=False)
        return Simulated(self._program, self._place, ran, stays, self._status, notes, agent)

    # --- events of `Traversal` ---

    def entered(self, frame: Frame, position: int) -> None:
        """See `Visitor.entered`."""

    def task(self, frame: Frame, position: int, task: Task, scope: Scope) -> None:
        """See `Visitor.task`."""
        path = frame.path_of(position)
        job = Job(frame, position, task, path, scope, 1, self._known.attempts(path, task), ready=self._clock.now)
        self._because[path] = Because(self._last)
        self._queue(self._pods.admit(job))

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

    # --- pods, each for one attempt unless tasks share it ---

    def _runs(self, path: str) -> bool:
        return path in self._begun

    def _queue(self, job: Job | None) -> None:
        if job is not None:
            self._waiting.add(job)

    def _go_on(self) -> None:
        """Pass on what has ended, and begin what there is a place and a lock for."""
        self._traversal.settle()
        if self._waiting.for_locks:
            self._waiting.look_at_locks(self._traversal.failures)
        most = self._place.at_once
        while (most is None or self._under_way < most) and (taken := self._waiting.take()) is not None:
            job, is_called_off = taken
            if is_called_off:
                self._call_off(job)
            else:
                self._begin(self._pods.of(job))
        if self._limited:
            for number in self._room.placed():
                self._place_pod(self._for_room.pop(number))

    def _call_off(self, job: Job) -> None:
        """What was to begin in a pod does not."""
        pod = self._pods.of(job)
        self._locks.release(pod.key)
        for one in (*pod.waiting, *pod.following):
            self._traversal.end(one.graph, one.position, Status.FAILED if one.begun else Status.SKIPPED, {})
        self._queue(self._pods.gone(pod))
        self._traversal.settle()

    def _begin(self, pod: Pod) -> None:
        """A pod has its turn: it starts, or waits for a node with room."""
        first, pod.begun = pod.waiting[0], self._clock.now
        for job in (*pod.waiting, *pod.following):
            self._note_begun(job)
        if first.ready < pod.begun:
            waited = "waits for locks" if _has_locks(first.task) else "waits for its turn"
            for job in (*pod.waiting, *pod.following):
                self._because[job.path] = Because(self._last, waited)
        task = pod.task(first)
        takes = self._place.takes(task)
        self._under_way += takes
        if not self._limited or task.is_idle or not takes:
            self._place_pod(pod)
            return
        asked = self._place.asked(task)
        if fits_nowhere(asked, self._place):
            raise FitsNowhere(join(program_path(first.graph), first.task.name))
        pod.number = next(self._numbers)
        self._for_room[pod.number] = pod
        self._room.wait(pod.number, asked)

    def _note_begun(self, job: Job) -> None:
        job.begun = True
        for frame in around(job.graph):
            self._begun.add(frame.path)

    def _place_pod(self, pod: Pod) -> None:
        """A pod has a node: its container starts, and then what is first in it."""
        first, now, place = pod.waiting[0], self._clock.now, self._place
        task = pod.task(first)
        if not place.takes(task):
            pod.ready = self._by_others(task)
        else:
            on_cluster = 0.0 if task.is_idle else place.starts.get((first.path, first.attempt), place.start)
            self._dispatched = max(self._dispatched, now) + place.dispatch
            pod.ready = self._dispatched + on_cluster
        for job in pod.take():
            if now > pod.begun:
                self._because[job.path] = Because(self._last, "waits for a node with room")
            self._start(job, pod)

    def _by_others(self, task: Task) -> float:
        """When a task begins that takes no place: at once, a request when the agent of all of them is there."""
        now = self._clock.now
        if not (self._place.is_cluster and isinstance(task.action, HttpRequest)):
            return now
        if self._agent is None:
            self._agent = now + self._place.start
        return max(now, self._agent)

    def _start(self, job: Job, pod: Pod) -> None:
        """An attempt at a task begins, in its pod."""
        where, idle, number = join(program_path(job.graph), job.task.name), job.task.is_idle, len(self._ran)
        takes, theirs = self._place.takes(job.task), isinstance(job.task.action, TemplateCall)
        if theirs and self._place.is_cluster:
            self._notes[f"the pods of the template that {where!r} calls are not known, and not counted"] = None
        stood_in_for = theirs and not self._place.is_cluster
        took = Took(0.0) if idle or stood_in_for else self._known.attempt(job.path, where, job.attempt)
        if took is None:
            self._untimed[where] = None
            took = Took(0.0)
        seconds, failed = took.seconds, took.failed
        timeout = job.task.options.timeout
        if timeout is not None and seconds > timeout:
            seconds, failed = float(timeout), True
        now, inside = self._clock.now, self._place.inside if pod.unit and not idle else 0.0
        started = max(now, pod.ready) + inside
        because = self._because[job.path]
        ran = Ran(
            job.path, where, job.attempt, job.ready, now, started, started + seconds, because, idle, failed, takes
        )
        self._ran.append(ran)
        self._jobs[number] = (job, pod)
        event = self._clock.timeout(ran.ended - now)
        event.callbacks.append(partial(self._ended, number))

    def _ended(self, number: int, event: simpy.Event) -> None:
        job, pod = self._jobs.pop(number)
        ran = self._ran[number]
        self._last = number
        if ran.failed and job.attempt < job.attempts:
            job.attempt += 1
            job.ready = self._clock.now
            self._because[job.path] = Because(number)
            if pod.unit is not None:
                self._start(job, pod)
            else:
                self._leave(pod, job)
                self._waiting.add(job)
        else:
            status = Status.FAILED if ran.failed else Status.SUCCEEDED
            outputs = {} if ran.failed else self._known.outputs(job.path, ran.where, job.task)
            self._traversal.end(job.graph, job.position, status, outputs)
            self._next_in(pod, job)
        self._go_on()

    def _next_in(self, pod: Pod, job: Job) -> None:
        """A task has ended for good: what follows in its pod starts; a pod that has no more ends, and its locks."""
        pod.running -= 1
        if pod.unit is not None:
            self._traversal.settle()  # what follows is known then
            for following in pod.take():
                if following.ready < self._clock.now:
                    self._because[following.path] = Because(self._last, "waits for a processor of its pod")
                self._note_begun(following)
                self._start(following, pod)
        if not pod.running:
            self._locks.release(pod.key)
            self._leave(pod, job)
            self._queue(self._pods.gone(pod))

    def _leave(self, pod: Pod, job: Job) -> None:
        """A pod is gone, of which `job` was the last."""
        task = pod.task(job)
        if not self._place.takes(task):
            return
        idle = task.is_idle
        self._under_way -= 1
        if self._limited and not idle:
            self._room.leave(pod.number)
        counted = NOTHING if idle else self._place.counted(task)
        self._stays.append(Stay(self._clock.now - pod.ready, counted, idle))


def _has_locks(task: Task) -> bool:
    return task.options.mutex is not None or bool(task.options.semaphore)
