"""Spans of a run on this machine: of the run, its composites and steps, and their attempts.

    run orders
      each            a composite, with a span for each item
        each.0
          each.0.price
            attempt price

They begin and end with what the run's display shows, and a launcher gives each attempt its span as `TRACEPARENT`, so
that what a task sends itself is a part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from runnable.execution.launcher import Launcher, TaskEnd, TaskStart
from runnable.execution.progress.around import ProgressAround
from runnable.execution.progress.events import Progress
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import TRACED_VARIABLE
from runnable_runtime.records.records import RunRecord, Status, StepRecord
from runnable_runtime.telemetry import (
    ATTEMPT,
    LONGEST_FLUSH,
    PARENT,
    PIPELINE,
    RUN,
    STEP,
    CannotTrace,
    Spans,
    finish,
    parent_text,
    surrounding,
    wanted,
)

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

_OPEN = (Status.CREATED, Status.RUNNING)


def traced(progress: Progress) -> tuple[Progress, tuple[str, ...]]:
    """`progress`, and if spans are wanted, one around it that makes them; and why there are none, as notices."""
    if not wanted():
        return progress, ()
    try:
        return TracedProgress(progress, Spans()), ()
    except CannotTrace as reason:
        return progress, (str(reason),)


def giving_spans(launcher: Launcher, progress: Progress) -> Launcher:
    """`launcher`, and where `progress` makes spans, one around it that gives them to tasks."""
    return TracedLauncher(launcher, progress) if isinstance(progress, TracedProgress) else launcher


class TracedProgress(ProgressAround):
    """Makes spans of what is reported to it, and reports that to the display that it is around."""

    def __init__(self, shown: Progress, spans: Spans) -> None:
        super().__init__(shown)
        self._spans = spans
        self._run: Span | None = None
        self._steps: dict[str, Span] = {}
        self._attempts: dict[str, Span] = {}
        self._run_id = ""

    def run_started(self, record: RunRecord) -> None:
        """See `Progress`."""
        self._run_id = record.run_id
        attributes = {RUN: record.run_id, PIPELINE: record.pipeline}
        start = _nanoseconds(record.started)
        self._run = self._spans.begin(f"run {record.pipeline}", surrounding(record.run_id), attributes, start)
        super().run_started(record)

    def started(self, step: StepRecord, attempt: int, attempts: int) -> None:
        """See `Progress`."""
        name = step.path.rpartition(".")[2]
        about = {RUN: self._run_id, STEP: step.path, ATTEMPT: attempt}
        start = _nanoseconds(step.attempts[-1].started)
        within = self._within(step.path, start)
        self._attempts[step.path] = self._spans.begin(f"attempt {name}", within, about, start)
        super().started(step, attempt, attempts)

    def ended(self, step: StepRecord, attempt: int, attempts: int, seconds: float, trace: str) -> None:
        """See `Progress`."""
        last = step.attempts[-1]
        finish(self._attempts.pop(step.path), last.status.value, last.message, _nanoseconds(last.ended))
        if step.status not in _OPEN:
            self._end(step)
        super().ended(step, attempt, attempts, seconds, trace)

    def graph_ended(self, step: StepRecord) -> None:
        """See `Progress`."""
        self._end(step)
        super().graph_ended(step)

    def run_ended(self, record: RunRecord) -> None:
        """See `Progress`."""
        for span in (*self._attempts.values(), *reversed(self._steps.values())):
            finish(span, Status.INTERRUPTED.value)
        if self._run is not None:
            finish(self._run, record.status.value, record.message, _nanoseconds(record.ended))
        super().run_ended(record)
        if not self._spans.close():
            self.notice(f"the collector of spans did not take all of them within {LONGEST_FLUSH:g} s")

    def of_attempt(self, path: str) -> str:
        """What the attempt under way at `path` is given as `TRACEPARENT`."""
        return parent_text(self._attempts[path])

    def _within(self, path: str, start: int | None) -> Context:
        """What the span of an attempt at `path` is in: that of its step, which is in those of the composites around."""
        from opentelemetry.trace import set_span_in_context

        assert self._run is not None
        around = self._run
        parts = path.split(".")
        for length in range(1, len(parts) + 1):
            at = ".".join(parts[:length])
            if at not in self._steps:
                about = {RUN: self._run_id, STEP: at}
                context = set_span_in_context(around)
                self._steps[at] = self._spans.begin(f"step {parts[length - 1]}", context, about, start)
            around = self._steps[at]
        return set_span_in_context(around)

    def _end(self, step: StepRecord) -> None:
        span = self._steps.pop(step.path, None)
        if span is not None:
            finish(span, step.status.value, step.message, _nanoseconds(step.ended))


@dataclass(frozen=True, slots=True)
class TracedLauncher:
    """Gives each attempt the span that `progress` has made for it."""

    inner: Launcher
    progress: TracedProgress

    @property
    def capacity(self) -> int:
        """See `Launcher.capacity`."""
        return self.inner.capacity

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`."""
        own = {PARENT: self.progress.of_attempt(task.path), TRACED_VARIABLE: "1"}
        self.inner.start(replace(task, environment={**own, **task.environment}))

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        return self.inner.wait(seconds)

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        return self.inner.stop(impatient)


def _nanoseconds(time: str | None) -> int | None:
    return int(datetime.fromisoformat(time).timestamp() * 1e9) if time else None
