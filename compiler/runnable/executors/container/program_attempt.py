"""What becomes of an attempt at a step that runs an image of its own: its output, its time, its outcome."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from runnable.execution.attempt_output import AttemptOutput
from runnable.execution.launcher import Outcome, TaskEnd, TaskStart
from runnable.execution.progress.events import Progress
from runnable.executors.container.program import Finished, Printed, Program
from runnable.executors.container.program_text import returned_values
from runnable.ir.nodes import ContainerRun
from runnable_runtime.failures import TaskFailure
from runnable_runtime.records.origin import Machine
from runnable_runtime.records.records import Status
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.spill import spill
from runnable_runtime.task import refuse_secrets

_MEMORY = "its memory was exhausted (the container was killed)"


class ProgramAttempt:
    """An attempt under way. `deadline` is the moment at which its time is over; it runs from the program's start.

    `machine` is what records have of where it runs, once that is known. What it uses is not known: there is nothing of
    ours in its container, and the engine forgets what it has counted when that ends.
    """

    def __init__(self, task: TaskStart, run: ContainerRun, progress: Progress, *, prefix: str) -> None:
        self.task = task
        self.deadline: float | None = None
        self.machine: Machine | None = None
        self._run = run
        self._stopped_for = ""
        self._output = AttemptOutput(task, progress, prefix)

    def begun(self) -> None:
        """The program runs."""
        if self.task.timeout is not None and not self._stopped_for:
            self.deadline = monotonic() + self.task.timeout

    def take(self, printed: Printed) -> None:
        """Show and keep what the program prints."""
        self._output.write("stderr" if printed.is_error else "stdout", printed.data)

    def stop(self, program: Program, reason: str) -> None:
        """Have the program ended, for `reason`."""
        self._stopped_for = self._stopped_for or reason
        self.deadline = None
        program.stop()

    def end(self, finished: Finished) -> TaskEnd:
        """The end of the attempt."""
        logged = self._output.finish()
        return TaskEnd(self.task, replace(self._outcome(finished), machine=self.machine), logged)

    def failed(self, message: str) -> TaskEnd:
        """The end of an attempt that could not begin."""
        return TaskEnd(self.task, self._failed(message), self._output.finish())

    def _outcome(self, finished: Finished) -> Outcome:
        ended = finished.ended
        if self._stopped_for:
            return self._failed(self._stopped_for)
        if ended is None:
            return self._failed(finished.problem)
        if ended.code != 0:
            reason = _MEMORY if ended.out_of_memory else (finished.last_words.splitlines() or [""])[-1]
            return self._failed(f"the program exited with {ended.code}{': ' if reason else ''}{reason}")
        spec, image = self.task.spec, self.task.options.image or ""
        contents = dict(zip(self._run.files, finished.files, strict=True))
        try:
            outputs = returned_values(self._run, spec, contents.__getitem__, image)
            refuse_secrets(outputs, spec, self.task.environment)
            outputs = spill(outputs, spec, Objects(self.task.storage, self.task.project))
        except TaskFailure as failure:
            return self._failed(failure.message)
        return Outcome(
            status=Status.SUCCEEDED,
            inputs=self._run.parameters,
            outputs=outputs,
            metrics=tuple(one.name for one in spec.returns if one.kind == "metric"),
        )

    def _failed(self, message: str) -> Outcome:
        return Outcome(status=Status.FAILED, inputs=tuple(self.task.parameters), message=message)
