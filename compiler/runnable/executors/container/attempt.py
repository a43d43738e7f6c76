"""One attempt at a task in a container: what it prints, its time, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from time import monotonic

from runnable.execution.attempt_output import AttemptOutput
from runnable.execution.deaths import death
from runnable.execution.launcher import Outcome, TaskEnd, TaskStart
from runnable.execution.progress.events import Progress
from runnable.executors.container.container import Container
from runnable_runtime.process.files import write_atomically
from runnable_runtime.process.usage import Usage
from runnable_runtime.protocol import Json
from runnable_runtime.records.origin import Machine
from runnable_runtime.records.records import Status
from runnable_runtime.records.shape import is_usage
from runnable_runtime.report import Report
from runnable_runtime.session.frames import Frame
from runnable_runtime.values.parameters import encode, encode_lines

GRACE = 5.0
"""Seconds from asking a task to end until it is killed."""
_PATIENCE = 10.0
"""Seconds from that until its container is."""
_START = 120.0
"""Seconds from asking for a container until it is there."""


class Attempt:
    """An attempt, number `number` of its container. `deadline` is the moment at which something is to be done."""

    def __init__(
        self,
        task: TaskStart,
        number: int,
        container: Container,
        progress: Progress,
        *,
        prefix: str,
        machine: Machine | None = None,
    ) -> None:
        self.task = task
        self.number = number
        self.container = container
        self.deadline: float | None = None
        self._begun = False
        self._stopped_for: str | None = None
        self._progress = progress
        self._machine = machine
        self._output = AttemptOutput(task, progress, prefix)

    def request(self, variables: Mapping[str, str]) -> dict[str, Json]:
        """The request to a session to run it; `variables` are those that the container has not got yet."""
        spec = self.task.spec.to_json()
        return {
            "run": self.number,
            "spec": encode(spec),
            "inputs": encode_lines(self.task.parameters),
            "env": dict(variables),
        }

    def expect(self) -> None:
        """Its container is to be there before long."""
        self.deadline = monotonic() + _START

    def begun(self) -> None:
        """Its container is there: its time runs."""
        self._begun = True
        if self._stopped_for is None:
            self.deadline = None if self.task.timeout is None else monotonic() + self.task.timeout

    def take(self, frame: Frame) -> TaskEnd | None:
        """Take what the session says about it; the end, if that is what it says."""
        kind = frame.header["is"]
        if kind == "end":
            outcome = _outcome(self.task, frame.header["code"], frame.header["report"])
            return self.end(replace(outcome, used=_used(frame.header.get("used"))))
        if kind == "notebook":
            self._keep_notebook(frame.payload)
        else:
            self._output.write(kind, frame.payload)
        return None

    def end(self, outcome: Outcome) -> TaskEnd:
        """Clear up; the end of the attempt, by `outcome` unless it was stopped."""
        if self._stopped_for is not None:
            given, used = tuple(self.task.parameters), outcome.used
            outcome = Outcome(status=Status.FAILED, inputs=given, message=self._stopped_for, used=used)
        return TaskEnd(self.task, replace(outcome, machine=self._machine), self._output.finish())

    def lost(self, problem: str) -> TaskEnd:
        """Its container has ended before it did."""
        message = problem or "the container was lost"
        return self.end(Outcome(status=Status.FAILED, inputs=tuple(self.task.parameters), message=message))

    def stop(self, reason: str, grace: float = GRACE) -> None:
        """Ask the task to end for `reason`, and its container if that does not help."""
        self._stopped_for = self._stopped_for or reason
        self.container.send({"stop": self.number, "grace": grace})
        self.deadline = monotonic() + grace + _PATIENCE

    def meet_deadline(self) -> None:
        """Do what is due, if anything is."""
        if self.deadline is None or monotonic() < self.deadline:
            return
        if self._begun and self._stopped_for is None:
            self.stop(f"timed out after {self.task.timeout} s")
            return
        self._stopped_for = self._stopped_for or f"its container was not there after {_START:.0f} s"
        self.deadline = None
        self.container.kill()

    def _keep_notebook(self, text: bytes) -> None:
        if self.task.notebook is None:
            return
        try:
            write_atomically(self.task.notebook, self._without_secrets(text.decode("utf-8")))
        except OSError as error:
            self._progress.notice(f"cannot keep the notebook {self.task.notebook}: {error.strerror or error}")

    def _without_secrets(self, notebook: str) -> str:
        """The container has taken out those that its task names; parameters may have others."""
        if self.task.redactor is None:
            return notebook
        return json.dumps(self.task.redactor.json(json.loads(notebook)), indent=1, ensure_ascii=False) + "\n"


def _outcome(task: TaskStart, code: int, report: str) -> Outcome:
    """What became of the task, by its report, or by its process's exit code where that left none."""
    given = tuple(task.parameters)
    if not report:
        return Outcome(status=Status.FAILED, inputs=given, message=death(code))
    found = Report.decode(report)
    return Outcome(
        status=Status.SUCCEEDED if found.succeeded else Status.FAILED,
        inputs=given if found.inputs is None else found.inputs,
        outputs=found.outputs,
        metrics=found.metrics,
        files=found.files,
        depends=found.depends,
        message=found.message,
        trace=found.trace,
    )


def _used(document: Json) -> Usage | None:
    """What the task has used, as the session says; None of an image whose session does not, or says something else."""
    if not isinstance(document, dict) or not document or not is_usage(document):
        return None
    return Usage.from_json(document)
