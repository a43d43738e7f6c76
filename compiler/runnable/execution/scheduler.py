"""The scheduler: decides which task runs next, retries failed tasks, and records everything. One thread, one loop.

Tasks that are ready wait in a queue ordered by their position in the pipeline, so that with one worker they run in the
pipeline's own order, depth first.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

from runnable.execution.ahead import Ahead
from runnable.execution.attempts import ended_step, present_options
from runnable.execution.deadlines import TIMED_OUT, Deadlines, stopped_with
from runnable.execution.interrupts import Interrupts
from runnable.execution.launcher import Launcher, Outcome, TaskEnd, TaskStart
from runnable.execution.locking import Locking
from runnable.execution.origin import OriginFinder
from runnable.execution.progress.events import Progress
from runnable.execution.secrets.resolve import NO_SECRETS, Secrets
from runnable.execution.waiting import Job, Waiting
from runnable.ir.nodes import NotebookRun, Program, Task
from runnable.ir.task_spec import task_spec
from runnable.ir.walk import join
from runnable.passes.analysis.deciding import deciding_names
from runnable.runs.code import CodeBook
from runnable.runs.resume.notices import of_changes
from runnable.runs.resume.recall import Recall
from runnable.runs.stores.store import RunWriter
from runnable.semantics.fan_out_run import FanOutRun
from runnable.semantics.frame import Frame, around, program_path, variables_in
from runnable.semantics.plan import steps_of
from runnable.semantics.scope import Scope
from runnable.semantics.traversal import Traversal
from runnable_runtime.protocol import ATTEMPT_VARIABLE, Json
from runnable_runtime.records.file_names import log_name, notebook_name
from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord, in_order
from runnable_runtime.records.times import now, seconds_between
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.storage import Storage
from runnable_runtime.values.arguments import with_arguments

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
        self._steps = dict(record.steps)
        self._code = dict(record.code)
        self._launcher = launcher
        self._writer = writer
        self._ahead = Ahead(writer)
        self._progress = progress
        self._interrupts = interrupts
        self._storage = storage
        self._traversal = Traversal(program, self, Objects(storage).load)
        self._deciding = deciding_names(program)
        self._codes = codes
        self._origin = origin
        self._recall = recall
        self._reported: set[str] = set()
        self._secrets = secrets
        self._redactor = secrets.redactor()
        self._called_off: set[str] = set()
        self._deadlines = Deadlines()
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
            if self._hold_pipeline():
                with self._ahead.together():
                    self._traversal.begin(self._program.parameters)
                self._loop()
            else:
                self._interrupt()
            status, message = self._result or (Status.INTERRUPTED, f"ended by {self._interrupts.reason}")
            steps = in_order(self._steps.values())
            ended = replace(self._record, status=status, message=message, ended=now(), code=self._code, steps=steps)
            self._record = replace(ended, outputs=self._outputs, origin=self._origin.finished())
            self._writer.write_run(self._record)
            return self._record
        except BaseException as error:
            self._launcher.stop(lambda: True)
            self._record_failure(error)
            raise
        finally:
            self._locking.release_all()

    def _hold_pipeline(self) -> bool:
        """Wait for the locks of the whole pipeline; False if the run is ended meanwhile."""
        who = f"the pipeline {self._program.name!r}"
        while not self._locking.take("", self._program.locks, who, ""):
            if self._interrupts.requested:
                return False
            self._progress.tick()
            sleep(_TICK)
        return True

    def _record_failure(self, error: BaseException) -> None:
        """Record that the run itself has failed, if that can be recorded: it was not killed."""
        message = self._redactor.message(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")
        ended = replace(self._record, status=Status.FAILED, message=message, ended=now(), code=self._code)
        with suppress(Exception):
            steps = in_order(self._steps.values())
            self._writer.write_run(replace(ended, steps=steps, origin=self._origin.finished()))

    def _loop(self) -> None:
        while True:
            self._halt_late()
            with self._ahead.together():
                self._traversal.settle()
            if self._result is not None:
                return
            if self._interrupts.requested:
                self._interrupt()
                return
            if self._start_ready():
                continue
            if self._waiting.for_locks and not self._running:
                sleep(_TICK)
            end = self._launcher.wait((_SOON if self._ahead else _TICK) if self._running else 0.0)
            if end is None:
                self._progress.tick()
            elif end.outcome.status is Status.INTERRUPTED:
                self._end_interrupted(end)
                self._interrupt()
                return
            else:
                self._end_attempt(end)
            self._ahead.settle(wait=not self._waiting.queued)

    # --- events of `Traversal` ---

    def entered(self, frame: Frame, position: int) -> None:
        """See `Visitor.entered`."""
        path = frame.path_of(position)
        if path not in self._steps:  # an item or an iteration, which is known only now
            for step in self._created(frame, position):
                if step.path not in self._steps:  # where a run was killed, a member can be recorded without its item
                    self._write(step)
        if self._recall is not None:
            self._recall.enter(frame, position, path)

    def task(self, frame: Frame, position: int, task: Task, scope: Scope) -> None:
        """See `Visitor.task`."""
        path = frame.path_of(position)
        if self._recall is None or not self._take_recorded(self._recall, frame, position, task, scope):
            done = len(self._steps[path].attempts)
            self._waiting.add(Job(frame, position, task, path, scope, done + 1, done + 1 + _retries(task)))

    def skipped(self, frame: Frame, position: int) -> None:
        """See `Visitor.skipped`."""
        path = frame.path_of(position)
        before = self._steps.get(path)
        if before is None or before.status is not Status.SKIPPED:
            for step in self._created(frame, position):
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
        elif self._steps[frame.path].status is not status or not self._untouched(frame.path):
            message = self._redactor.message(message)
            step = replace(self._steps[frame.path], status=status, message=message, ended=now())
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

    def _created(self, frame: Frame, position: int) -> list[StepRecord]:
        """The records, as created, of a member and of what is known of its members."""
        kind = self._steps[frame.path].kind if frame.path else Kind.PIPELINE
        return steps_of(frame.node(position), frame.path_of(position), frame.place_of(position), kind)

    def _untouched(self, path: str) -> bool:
        """Whether what stands at `path` is as an earlier session has left it."""
        return self._recall is not None and self._recall.untouched(path)

    # --- tasks ---

    def _start_ready(self) -> bool:
        """Start what there is room for, and what has its locks; whether anything was called off instead."""
        self._waiting.look_at_locks(self._traversal.failures)
        called_off = False
        while len(self._running) < self._launcher.capacity and (taken := self._waiting.take()) is not None:
            job, is_called_off = taken
            if is_called_off:
                self._call_off(job)
                called_off = True
            else:
                self._start(job)
        return called_off

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

    def _start(self, job: Job) -> None:
        folder = self._writer.folder
        self._deadlines.begin(job.graph)
        notebook = isinstance(job.task.action, NotebookRun)
        task = TaskStart(
            action=job.task.action,
            spec=task_spec(job.task, job.path, deciding=self._deciding),
            attempt=job.attempt,
            parameters=with_arguments(job.task.arguments, job.scope.select(job.task.reads)),
            environment=self._environment(job),
            project=Path(self._program.root or "."),
            options=present_options(job),
            timeout=_shortest(job.task.options.timeout, self._deadlines.remaining(job.graph)),
            log=folder / log_name(job.path, job.attempt) if folder else None,
            notebook=folder / notebook_name(job.path, job.attempt) if folder and notebook else None,
            storage=replace(self._storage, step=job.path, attempt=job.attempt),
            redactor=self._redactor or None,
            folder=Path(self._program.root) if self._program.root else None,
        )
        if self._recall is not None:
            self._recall.ran(job.path)
        with self._ahead.together():
            self._begin_record(job.graph)
            code = self._record_code(job.task)
            attempt = AttemptRecord(number=job.attempt, started=now(), code=code, waited=job.waited())
            self._write(step := self._steps[job.path].begun(attempt))
        self._running[job.path] = job
        job.begun = True
        self._progress.started(step, job.attempt, job.attempts)
        self._launcher.start(task)

    def _environment(self, job: Job) -> dict[str, str]:
        options = job.task.options
        secrets = self._secrets.of(options.secrets)
        return {**variables_in(job.graph), **dict(options.env), **secrets, ATTEMPT_VARIABLE: str(job.attempt)}

    def _begin_record(self, graph: Frame) -> None:
        """Record that `graph` and those around it have started: with the first of their tasks, not when queued."""
        begun: list[str] = []
        one: Frame | None = graph
        while one is not None and one.path and self._steps[one.path].status is not Status.RUNNING:
            begun.append(one.path)
            one = one.parent
        for path in reversed(begun):
            step = self._steps[path]
            self._write(replace(step, status=Status.RUNNING, started=step.started or now(), ended=None, message=""))

    def _record_code(self, task: Task) -> str:
        """The digest of the task's code, which is recorded before the first attempt that refers to it."""
        digest, parts = self._codes.of(task)
        if digest and digest not in self._code:
            self._code[digest] = parts
            self._writer.write_code(digest, parts)
        return digest

    def _end_attempt(self, end: TaskEnd) -> None:
        self._halt_late()
        job = self._running.pop(end.task.path)
        failed = end.outcome.status is Status.FAILED
        stopped = stopped_with(job.graph) if failed else ""
        if stopped and end.outcome.message.startswith(TIMED_OUT):
            end = replace(end, outcome=replace(end.outcome, message=stopped))
        again = failed and not stopped and job.attempt < job.attempts
        step = self._ended_step(job, end, final=not again)
        if end.outcome.status is Status.SUCCEEDED and self._can_go_ahead():
            self._steps[step.path] = step
            self._ahead.write(step, lambda: self._follow(job, step, end, again=False))
        else:
            self._write(step)
            self._ahead.settle(wait=True)
            self._follow(job, step, end, again=again)

    def _can_go_ahead(self) -> bool:
        """Whether the end of a task need not be durable at once: other tasks wait for the worker that it has had."""
        return self._ahead.possible and self._launcher.capacity > 1 and self._waiting.queued and not self._deadlines

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

    def _write(self, step: StepRecord) -> None:
        self._steps[step.path] = step
        self._writer.write_step(step)


def _shortest(*seconds: float | None) -> float | None:
    return min((one for one in seconds if one is not None), default=None)


def _retries(task: Task) -> int:
    return task.options.retry or 0
