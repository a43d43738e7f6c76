"""Running a program: which task next, retries, scopes, and the record of it all. One thread, one loop.

What is ready waits in a queue by its place in the pipeline, so that with one worker at a time the order is the
pipeline's own, depth first.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from runnable.execution.composites import FanOutRun, LoopRun, SwitchRun
from runnable.execution.frame import Frame
from runnable.execution.graph_run import GraphRun
from runnable.execution.interrupts import Interrupts
from runnable.execution.launcher import Launcher, Outcome, TaskEnd, TaskStart
from runnable.execution.plan import steps_of
from runnable.execution.progress.events import Progress
from runnable.execution.records import AttemptRecord, RunRecord, Status, StepRecord, now, seconds_between
from runnable.execution.scope import Scope
from runnable.execution.stores.names import log_name, notebook_name
from runnable.execution.stores.store import RunWriter
from runnable.execution.task_spec import task_spec
from runnable.ir.nodes import FanOut, Graph, Loop, Node, NotebookRun, Program, Switch, Task
from runnable.passes.dataflow import analyze
from runnable_runtime.protocol import ATTEMPT_VARIABLE, Json

_TICK = 0.1
"""Seconds after which a wait looks up: for signals, and for the display of time passing."""


@dataclass(slots=True, eq=False)
class _Job:
    """A task that is queued or under way, at its place in its graph."""

    graph: Frame
    position: int
    task: Task
    path: str
    scope: Scope
    attempt: int = 1

    @property
    def attempts(self) -> int:
        return 1 + (self.task.options.retry or 0)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A node that has ended, its graph not yet told."""

    graph: Frame
    position: int
    status: Status
    outputs: Mapping[str, Json]


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
    ) -> None:
        self._program = program
        self._record = record
        self._steps = dict(record.steps)
        self._launcher = launcher
        self._writer = writer
        self._progress = progress
        self._interrupts = interrupts
        self._collected: Mapping[str, tuple[str, ...]] | None = None
        self._queue: list[tuple[tuple[int, ...], int, _Job]] = []
        self._running: dict[str, _Job] = {}
        self._ended: deque[_Ended] = deque()
        self._result: tuple[Status, str] | None = None

    def run(self) -> RunRecord:
        """Run the program to its end, however it ends, and return its whole record, written already.

        Raises OutputError if the record cannot be written; what is under way is ended first.
        """
        try:
            self._begin_frame(GraphRun(self._program.graph, "", Scope.of(self._program.parameters)))
            self._loop()
            status, message = self._result or (Status.INTERRUPTED, f"ended by {self._interrupts.reason}")
            self._record = replace(self._record, status=status, message=message, ended=now(), steps=self._steps)
            self._writer.write_run(self._record)
            return self._record
        except BaseException:
            self._launcher.stop(lambda: True)
            raise

    def _loop(self) -> None:
        while True:
            self._settle()
            if self._result is not None:
                return
            if self._interrupts.requested:
                self._interrupt()
                return
            self._start_ready()
            end = self._launcher.wait(_TICK)
            if end is None:
                self._progress.tick()
            elif end.outcome.status is Status.INTERRUPTED:
                self._end_interrupted(end)
                self._interrupt()
                return
            else:
                self._end_attempt(end)

    # --- graphs ---

    def _settle(self) -> None:
        """Tell graphs of the nodes that have ended, and their parents of graphs that thereby end."""
        while self._ended:
            node = self._ended.popleft()
            graph = node.graph
            ready, skipped = graph.end(node.position, node.status, node.outputs)
            for position in skipped:
                self._skip(graph, position)
            for position in ready:
                self._begin(graph, position)
            if graph.remaining == 0:
                self._end_graph(graph)

    def _begin(self, frame: Frame, position: int) -> None:
        node, path = frame.node(position), frame.path_of(position)
        self._know(node, path)
        scope = frame.scope_before(position)
        match node:
            case Task():
                self._enqueue(_Job(frame, position, node, path, scope))
            case Graph():
                self._begin_frame(GraphRun(node, path, scope, frame, position))
            case FanOut():
                self._begin_frame(FanOutRun(node, path, scope, frame, position, self._read_after))
            case Switch():
                self._begin_frame(SwitchRun(node, path, scope, frame, position))
            case Loop():
                self._begin_frame(LoopRun(node, path, scope, frame, position))

    def _begin_frame(self, frame: Frame) -> None:
        for position in frame.never():
            self._skip(frame, position)
        for position in frame.first():
            self._begin(frame, position)
        if frame.remaining == 0:
            self._end_graph(frame)

    def _know(self, node: Node, path: str) -> None:
        """Record the members of a composite that are known only now: items and iterations."""
        if path not in self._steps:
            for step, kind in steps_of(node, path):
                self._write(StepRecord(path=step, kind=kind))

    def _read_after(self, fan_out: str) -> tuple[str, ...]:
        """The names of a fan-out's lists that are read after it; worked out only once an item lacks a name."""
        if self._collected is None:
            self._collected = analyze(self._program).collected
        return self._collected.get(fan_out, ())

    def _end_graph(self, graph: Frame) -> None:
        status, message = graph.result()
        if graph.parent is None:
            self._result = status, message
            return
        step = replace(self._steps[graph.path], status=status, message=message, ended=now())
        self._write(step)
        self._progress.graph_ended(step)
        outputs = graph.outputs() if status is Status.SUCCEEDED else {}
        self._ended.append(_Ended(graph.parent, graph.position, status, outputs))

    def _skip(self, graph: Frame, position: int) -> None:
        node, path = graph.node(position), graph.path_of(position)
        self._know(node, path)
        for skipped, _ in steps_of(node, path):
            self._write(replace(self._steps[skipped], status=Status.SKIPPED))
        self._progress.skipped(self._steps[path])
        self._ended.append(_Ended(graph, position, Status.SKIPPED, {}))

    # --- tasks ---

    def _enqueue(self, job: _Job) -> None:
        heapq.heappush(self._queue, ((*job.graph.key, job.position), job.attempt, job))

    def _start_ready(self) -> None:
        while self._queue and len(self._running) < self._launcher.capacity:
            _, _, job = heapq.heappop(self._queue)
            self._start(job)

    def _start(self, job: _Job) -> None:
        folder = self._writer.folder
        notebook = isinstance(job.task.action, NotebookRun)
        task = TaskStart(
            action=job.task.action,
            spec=task_spec(job.task, job.path),
            attempt=job.attempt,
            parameters=job.scope.select(job.task.reads),
            environment={**_variables(job.graph), **dict(job.task.options.env), ATTEMPT_VARIABLE: str(job.attempt)},
            project=Path(self._program.root or "."),
            timeout=job.task.options.timeout,
            log=folder / log_name(job.path, job.attempt) if folder else None,
            notebook=folder / notebook_name(job.path, job.attempt) if folder and notebook else None,
        )
        self._begin_record(job.graph)
        step = self._steps[job.path]
        attempt = AttemptRecord(number=job.attempt, started=now())
        step = replace(
            step,
            status=Status.RUNNING,
            started=step.started or attempt.started,
            attempts=(*step.attempts, attempt),
        )
        self._write(step)
        self._running[job.path] = job
        self._progress.started(step, job.attempt, job.attempts)
        self._launcher.start(task)

    def _begin_record(self, graph: Frame) -> None:
        """Record that `graph` and those around it have started: with the first of their tasks, not when queued."""
        begun: list[str] = []
        one: Frame | None = graph
        while one is not None and one.path and self._steps[one.path].status is Status.CREATED:
            begun.append(one.path)
            one = one.parent
        for path in reversed(begun):
            self._write(replace(self._steps[path], status=Status.RUNNING, started=now()))

    def _end_attempt(self, end: TaskEnd) -> None:
        job = self._running.pop(end.task.path)
        again = end.outcome.status is Status.FAILED and job.attempt < job.attempts
        step = self._record_end(end, final=not again)
        duration = seconds_between(step.attempts[-1].started, step.attempts[-1].ended)
        self._progress.ended(step, job.attempt, job.attempts, duration, end.outcome.trace)
        if again:
            job.attempt += 1
            self._enqueue(job)
        else:
            self._ended.append(_Ended(job.graph, job.position, step.status, end.outcome.outputs))

    def _record_end(self, end: TaskEnd, *, final: bool) -> StepRecord:
        task, outcome, ended = end.task, end.outcome, now()
        step = self._steps[task.path]
        attempt = replace(
            step.attempts[-1],
            status=outcome.status,
            ended=ended,
            inputs={name: task.parameters[name] for name in outcome.inputs if name in task.parameters},
            outputs=outcome.outputs,
            metrics=outcome.metrics,
            message=outcome.message,
            log=log_name(task.path, task.attempt) if end.logged else None,
            notebook=notebook_name(task.path, task.attempt) if task.notebook and task.notebook.exists() else None,
        )
        step = replace(step, attempts=(*step.attempts[:-1], attempt))
        if final:
            step = replace(step, status=outcome.status, message=outcome.message, ended=ended)
        self._write(step)
        return step

    # --- interruption ---

    def _interrupt(self) -> None:
        """End what is under way, and record that it was interrupted; what has not started stays as created."""
        self._progress.notice(f"{self._interrupts.reason}: ending the run")
        for end in self._launcher.stop(lambda: self._interrupts.impatient):
            self._end_interrupted(end)
        for path in [path for path, step in self._steps.items() if step.status is Status.RUNNING]:
            self._write(replace(self._steps[path], status=Status.INTERRUPTED, ended=now()))
        self._result = None

    def _end_interrupted(self, end: TaskEnd) -> None:
        job = self._running.pop(end.task.path)
        message = f"ended by {self._interrupts.reason}"
        outcome = Outcome(status=Status.INTERRUPTED, inputs=tuple(end.task.parameters), message=message)
        step = self._record_end(replace(end, outcome=outcome), final=True)
        duration = seconds_between(step.attempts[-1].started, step.attempts[-1].ended)
        self._progress.ended(step, job.attempt, job.attempts, duration, "")

    def _write(self, step: StepRecord) -> None:
        self._steps[step.path] = step
        self._writer.write_step(step)


def _variables(frame: Frame) -> dict[str, str]:
    """The environment variables of a frame and all around it, inner ones stronger."""
    found: dict[str, str] = {}
    one: Frame | None = frame
    while one is not None:
        found = {**one.variables(), **found}
        one = one.parent
    return found
