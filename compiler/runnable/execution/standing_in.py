"""A launcher around another one: it has the steps that call a template of Argo's, which is not done on this machine."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import field

from runnable.execution.launcher import Launcher, Outcome, TaskEnd, TaskStart
from runnable.ir.nodes import Program
from runnable.ir.others import TemplateCall
from runnable.ir.walk import tasks
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import Status


def calls_templates(program: Program) -> list[str]:
    """The names of the steps of `program` that call a template of Argo's."""
    found = (task.name for _, task in tasks(program.graph) if isinstance(task.action, TemplateCall))
    return list(dict.fromkeys(found))


def notices(program: Program) -> tuple[str, ...]:
    """What a user should know of the steps of `program` that are not run: a line for all of them."""
    calls = calls_templates(program)
    if not calls:
        return ()
    what = "calls a template of Argo's, which is" if len(calls) == 1 else "call templates of Argo's, which are"
    return (f"{', '.join(calls)} {what} not called here: what is returned was given beforehand",)


@dataclass(slots=True)
class StandingIn:
    """Ends each step that calls a template with what stands in for it, and lets `inner` start all other tasks."""

    inner: Launcher
    _ends: deque[TaskEnd] = field(default_factory=deque)

    @property
    def capacity(self) -> int:
        """See `Launcher.capacity`."""
        return self.inner.capacity + len(self._ends)

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`."""
        call = task.action
        if not isinstance(call, TemplateCall):
            self.inner.start(task)
            return
        values = json.loads(call.stand_in or "{}")
        metrics = tuple(one.name for one in task.spec.returns if one.kind == "metric" and one.name in values)
        inputs = tuple(name for name in call.parameters if name in task.parameters)
        outcome = Outcome(status=Status.SUCCEEDED, inputs=inputs, outputs=values, metrics=metrics)
        self._ends.append(TaskEnd(task, outcome, logged=False))

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        return self._ends.popleft() if self._ends else self.inner.wait(seconds)

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        return (*self._ends, *self.inner.stop(impatient))
