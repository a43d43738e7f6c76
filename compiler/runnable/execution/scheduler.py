"""The scheduler: decides which task runs next, retries failed tasks, and records everything. One thread, one loop.

Tasks that are ready wait in a queue ordered by their position in the pipeline, so that with one worker they run in the
pipeline's own order, depth first.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from time import monotonic, sleep

from runnable.execution.ahead import Ahead
from runnable.execution.attempts import ended_step
from runnable.execution.deadlines import TIMED_OUT, Deadlines, stopped_with
from runnable.execution.handing_ahead import Handing
from runnable.execution.interrupts import Interrupts
from runnable.execution.launcher import Launcher, Outcome, TaskEnd, TaskStart
from runnable.execution.locking import Locking
from runnable.execution.origin import OriginFinder
from runnable.execution.progress.events import Progress
from runnable.execution.recording import Recording
from runnable.execution.secrets.resolve import NO_SECRETS, Secrets
from runnable.execution.starting import Starting
from runnable.execution.waiting import Job, Waiting
from runnable.ir.nodes import Program, Task
from runnable.ir.walk import join
from runnable.runs.code import CodeBook
from runnable.runs.resume.notices import of_changes
from runnable.runs.resume.recall import Recall
from runnable.runs.stores.store import RunWriter
from runnable.semantics.fan_out_run import FanOutRun
from runnable.semantics.frame import Frame, around, program_path
from runnable.semantics.scope import Scope
from runnable.semantics.traversal import Traversal
from runnable_runtime import garbage
from runnable_runtime.deferred import changed
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import AttemptRecord, RunRecord, Status, StepRecord, in_order
from runnable_runtime.records.times import now, seconds_between
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.storage import Storage

_TICK = 0.1
"""Seconds of a wait, at most: then signals are checked, and the display is updated."""

_SOON = 0.01
"""The same while the ends of tasks are made durable: then what follows them can start."""


class Scheduler:
    """One run of one program. `run` is called once."""

    def __init__(
        self,
        program: Program,
        record: RunRecord,
        launcher: Launcher,
        writer: RunWriter,
        progress: Progress,
        interrupts: Interrupts,
        storage: Storage,
        codes: CodeBook,
        origin: OriginFinder,
        recall: Recall | None = None,
        secrets: Secrets = NO_SECRETS,
    ) -> None:
        self._program = program
        self._record = record
        self._recording = Recording(record, writer, codes)
        self._steps = self._recording.steps
        self._write = self._recording.write
        self._launcher = launcher
        self._writer = writer
        self._ahead = Ahead(writer)
        self._progress = progress
        self._interrupts = interrupts
        self._traversal = Traversal(program, self, Objects(storage).load)
        self._origin = origin
        self._recall = recall
        self._reported: set[str] = set()
        self._redactor = secrets.redactor()
        self._called_off: set[str] = set()
        self._deadlines = Deadlines()
        self._handing = Handing(launcher)
        self._starting = Starting(program, storage, secrets, self._redactor, writer.folder, self._deadlines)
        self._locking = Locking(progress.notice)
        self._waiting = Waiting(self._runs, self._locking)
        self._running: dict[str, Job] = {}
        self._result: tuple[Status, str] | None = None
        self._outputs: Mapping[str, Json] = {}

    def run(self) -> RunRecord:
        """Run the program to its end, however it ends, and return its whole record, written already.

        Raises OutputError if the record cannot be written; what is under way is ended first.
        """
        self._origin.settle()
        try:
            if self._locking.hold_pipeline(self._program, self._may_wait):
                with self._recording.together():
                    self._traversal.begin(self._program.parameters)
                self._loop()
            else:
                self._interrupt()
            status, message = self._result or (Status.INTERRUPTED, f"ended by {self._interrupts.reason}")
            steps = in_order(self._steps.values())
            ended = replace(
                self._record, status=status, message=message, ended=now(), code=self._recording.code, steps=steps
            )
            self._record = replace(ended, outputs=self._outputs, origin=self._origin.finished())
            self._writer.write_run(self._record)
            return self._record
        except BaseException as error:
            self._launcher.stop(lambda: True)
            self._record_failure(error)
            raise
        finally:
            self._locking.release_all()

    def _may_wait(self) -> bool:
        """Wait for a moment; False if the run is to end."""
        if not self._interrupts.requested:
            self._progress.tick()
            sleep(_TICK)
        return not self._interrupts.requested

    def _record_failure(self, error: BaseException) -> None:
        """Record that the run itself has failed, if that can be recorded: it was not killed."""
        message = self._redactor.message(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")
        ended = replace(self._record, status=Status.FAILED, message=message, ended=now(), code=self._recording.code)
        with suppress(Exception):
            self._recording.write_begun()
            steps = in_order(self._steps.values())
            self._writer.write_run(replace(ended, steps=steps, origin=self._origin.finished()))

    def _loop(self) -> None:
        ends: list[TaskEnd] = []
        while True:
            self._halt_late()
            begun, looks_again = self._advance(ends)
            garbage.resume()  # the user's code begins
            for task in begun:
                self._launcher.start(task)
            ends = []
            if self._result is not None:
                return
            if self._interrupts.requested:
                self._interrupt()
                return
            if looks_again or (begun and self._has_room() and self._waiting.queued):  # who asks a person makes room
                continue
            if self._ahead and not self._waiting.queued:
                self._ahead.settle(wait=True)
                continue
            if self._waiting.for_locks and not self._running:
                sleep(_TICK)
            ends = self._next_ends()
            if any(end.outcome.status is Status.INTERRUPTED for end in ends):
                self._end_with(ends)
                return

    def _advance(self, ends: list[TaskEnd]) -> tuple[list[TaskStart], bool]:
        """Record how attempts have ended, what follows from that, and what begins: all of it in one write.

        What is to be started now that this is recorded; and whether something was called off instead.
        """
        with self._recording.together():
            for end in ends:
                self._end_attempt(end, alone=len(ends) == 1)
            self._ahead.settle(wait=False)
            self._traversal.settle()
            if self._result is not None or self._interrupts.requested:
                return [], False
            return self._begin_ready()

    def _next_ends(self) -> list[TaskEnd]:
        """Wait for the end of an attempt, for a moment, and take those that are there by then."""
        end = self._launcher.wait((_SOON if self._ahead else _TICK) if self._running else 0.0)
        self._take_back(every=False)
        if end is None:
            self._handing.show()
            self._progress.tick()
        ends = []
        while end is not None:
            ends.append(end)
            end = self._launcher.wait(0.0) if len(ends) < len(self._running) else None
        return ends

    def _end_with(self, ends: list[TaskEnd]) -> None:
        """End the run with these attempts, some of which were interrupted."""
        for end in ends:
            if end.outcome.status is Status.INTERRUPTED:
                self._end_interrupted(end)
            else:
                self._end_attempt(end, alone=False)
        self._interrupt()

    # --- events of `Traversal` ---

    def entered(self, frame: Frame, position: int) -> None:
        """See `Visitor.entered`."""
        path = frame.path_of(position)
        if path not in self._steps:  # an item or an iteration, which is known only now
            self._recording.create(frame, position)
        if self._recall is not None:
            self._recall.enter(frame, position, path)

    def task(self, frame: Frame, position: int, task: Task, scope: Scope) -> None:
        """See `Visitor.task`."""
        path = frame.path_of(position)
        if self._recall is None or not self._take_recorded(self._recall, frame, position, task, scope):
            done = len(self._steps[path].attempts)
            self._waiting.add(Job(frame, position, task, path, scope, done + 1, done + 1 + (task.options.retry or 0)))

    def skipped(self, frame: Frame, position: int) -> None:
        """See `Visitor.skipped`."""
        path = frame.path_of(position)
        before = self._steps.get(path)
        if before is None or before.status is not Status.SKIPPED:
            for step in self._recording.created(frame, position):
                self._write(replace(self._steps.get(step.path, step), status=Status.SKIPPED))
            if frame.path not in self._called_off:
                self._progress.skipped(self._steps[path])

    def frame_ended(self, frame: Frame, status: Status, message: str, outputs: Mapping[str, Json]) -> None:
        """See `Visitor.frame_ended`."""
        self._deadlines.end(frame)
        if frame.parent is None:
            self._result = status, message
            self._outputs = outputs if status is Status.SUCCEEDED else frame.outputs()
            return
        if status is Status.SKIPPED:
            self._write(replace(self._steps[frame.path], status=status))
            if frame.parent.path not in self._called_off and not isinstance(frame.parent, FanOutRun):
                self._progress.skipped(self._steps[frame.path])  # of a map, which may have thousands, it counts them
        elif self._steps[frame.path].status is not status or not (self._recall and self._recall.untouched(frame.path)):
            message = self._redactor.message(message)
            step = changed(self._steps[frame.path], status=status, message=message, ended=now())
            self._write(step)
            self._progress.graph_ended(step)

    def _take_recorded(self, recall: Recall, frame: Frame, position: int, task: Task, scope: Scope) -> bool:
        """Take the recorded end of a task that does not run again; False if it runs."""
        path = frame.path_of(position)
        known = recall.of_task(task, path, scope)
        if known is None:
            return False
        if known.changes != self._steps[path].changes:
            self._write(replace(self._steps[path], changes=known.changes))
        where = join(program_path(frame), task.name)
        if known.changes and where not in self._reported:
            self._reported.add(where)
            self._progress.notice(of_changes(where, known.changes))
        self._traversal.end(frame, position, known.status, known.outputs, known.message)
        return True

    # --- tasks ---

    def _begin_ready(self) -> tuple[list[TaskStart], bool]:
        """Begin what there is room for, and what has its locks: what to start, and whether any was called off."""
        self._waiting.look_at_locks(self._traversal.failures)
        self._handing.begin_round()
        begun: list[TaskStart] = []
        called_off = False
        while (ahead := self._room()) is not None and (taken := self._waiting.take()) is not None:
            job, is_called_off = taken
            if is_called_off:
                self._call_off(job)
                called_off = True
            else:
                begun.append(self._begin(job, ahead=ahead))
        return begun, called_off

    def _room(self) -> bool | None:
        """Whether what is next would begin behind another task, as it may; None if there is no room for it."""
        if self._has_room():
            return False
        return True if not self._deadlines and self._handing.takes(self._waiting.first) else None

    def _has_room(self) -> bool:
        return len(self._running) - self._handing.behind < self._launcher.capacity

    def _take_back(self, *, every: bool) -> None:
        """Have tasks that were handed ahead wait again, in the queue, and recorded as before: `every` one, or late."""
        for task in self._handing.take_back(every=every):
            job = self._running.pop(task.path)
            self._recording.restore(job.before)
            job.begun = job.attempt > 1
            self._waiting.add(job)

    def _runs(self, path: str) -> bool:
        """Whether a task in the composite at `path` has begun."""
        return bool(path) and self._steps[path].status is Status.RUNNING

    def _call_off(self, job: Job) -> None:
        """End a task that waits, and does not run; what is in something that is skipped as a whole is not shown."""
        for frame in around(job.graph):
            if not frame.path or self._runs(frame.path):
                break
            self._called_off.add(frame.path)
        step = replace(self._steps[job.path], status=Status.SKIPPED)
        if job.begun:  # it was to be tried again
            self._locking.release(job.path)
            step = replace(step, status=Status.FAILED, message=step.attempts[-1].message, ended=now())
        self._write(step)
        self._traversal.end(job.graph, job.position, step.status, {}, step.message)

    def _halt_late(self) -> None:
        """Halt the composites that are out of time, and call off what waits in them; what runs in them is stopped."""
        if self._deadlines.halt():
            for job in self._waiting.take_called_off():
                self._call_off(job)

    def _begin(self, job: Job, *, ahead: bool) -> TaskStart:
        """Record that an attempt begins, which is to be started then; `ahead`: behind another one."""
        self._deadlines.begin(job.graph)
        task = self._starting.start_of(job)
        if self._recall is not None:
            self._recall.ran(job.path)
        before = self._recording.begin(job.graph)
        code = self._recording.code_of(job.task)
        attempt = AttemptRecord(number=job.attempt, started=now(), code=code, waited=job.waited())
        created = self._steps[job.path]
        self._write(step := created.begun(attempt))
        self._running[job.path] = job
        job.begun, job.ahead, job.before = True, ahead, (*before, created)
        if ahead:
            self._handing.show_later(job.path, lambda: self._progress.started(step, job.attempt, job.attempts))
        else:
            self._progress.started(step, job.attempt, job.attempts)
        return task

    def _end_attempt(self, end: TaskEnd, *, alone: bool) -> None:
        self._halt_late()
        job = self._running.pop(end.task.path)
        self._handing.show(job.path)
        failed = end.outcome.status is Status.FAILED
        stopped = stopped_with(job.graph) if failed else ""
        if stopped and end.outcome.message.startswith(TIMED_OUT):
            end = replace(end, outcome=replace(end.outcome, message=stopped))
        if failed:
            self._take_back(every=True)  # as it may be that none is to begin after a failure
        again = failed and not stopped and job.attempt < job.attempts
        step = self._ended_step(job, end, final=not again)
        if end.outcome.status is Status.SUCCEEDED and self._can_go_ahead() and (self._waiting.queued or not alone):
            self._steps[step.path] = step
            self._ahead.write(step, lambda: self._follow(job, step, end, again=False))
        else:
            self._write(step)
            self._ahead.settle(wait=True)
            self._follow(job, step, end, again=again)

    def _can_go_ahead(self) -> bool:
        """Whether the end of a task need not be durable at once, if others end as well, or wait for its worker."""
        return self._ahead.possible and self._launcher.capacity > 1 and not self._deadlines

    def _follow(self, job: Job, step: StepRecord, end: TaskEnd, *, again: bool) -> None:
        """Go on from the end of an attempt, which is recorded."""
        duration = seconds_between(step.attempts[-1].started, step.attempts[-1].ended)
        self._progress.ended(step, job.attempt, job.attempts, duration, self._redactor.message(end.outcome.trace))
        if again:
            job.attempt += 1
            job.ready = monotonic()
            self._waiting.add(job)
        else:
            self._locking.release(job.path)
            self._traversal.end(job.graph, job.position, step.status, end.outcome.outputs, step.message)

    def _ended_step(self, job: Job, end: TaskEnd, *, final: bool) -> StepRecord:
        """The step as it is now that an attempt has ended; `final` if it has ended with that."""
        step, files = ended_step(self._steps[job.path], job, end, self._redactor, self._progress.notice, final=final)
        for file in files:
            self._writer.keep(file)
        return step

    # --- interruption ---

    def _interrupt(self) -> None:
        """End what is under way, and record that it was interrupted; what has not started stays as created."""
        self._take_back(every=True)
        self._handing.show()
        self._ahead.settle(wait=True)
        self._traversal.settle()
        self._progress.notice(f"{self._interrupts.reason}: ending the run")
        for end in self._launcher.stop(lambda: self._interrupts.impatient):
            self._end_interrupted(end)
        for path in [path for path, step in self._steps.items() if step.status is Status.RUNNING]:
            self._write(replace(self._steps[path], status=Status.INTERRUPTED, ended=now()))
        self._result = None

    def _end_interrupted(self, end: TaskEnd) -> None:
        job = self._running.pop(end.task.path)
        message = f"ended by {self._interrupts.reason}"
        inputs, used, machine = tuple(end.task.parameters), end.outcome.used, end.outcome.machine
        outcome = Outcome(status=Status.INTERRUPTED, inputs=inputs, message=message, used=used, machine=machine)
        self._write(step := self._ended_step(job, replace(end, outcome=outcome), final=True))
        duration = seconds_between(step.attempts[-1].started, step.attempts[-1].ended)
        self._progress.ended(step, job.attempt, job.attempts, duration, "")
