"""Deciding, while a resumed run lasts, whether a task's recorded end is taken, or the task runs again."""

from __future__ import annotations

from collections.abc import Mapping

from runnable.ir.nodes import NotebookRun, Program, PythonCall, Task
from runnable.runs.code import CodeBook, changed_parts, unknown_parts
from runnable.runs.resume.positions import Places
from runnable.runs.resume.request import Resumption
from runnable.semantics.frame import Frame
from runnable.semantics.graph_run import GraphRun
from runnable.semantics.scope import Scope
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import COMPOSITES, RunRecord, Status, StepRecord
from runnable_runtime.redaction import has_mark
from runnable_runtime.values.arguments import with_arguments
from runnable_runtime.values.reference import shown, was_in_memory


@dataclass(frozen=True, slots=True)
class Recalled:
    """A recorded end that is taken in place of running a task, and what has changed of the task since."""

    status: Status
    outputs: Mapping[str, Json]
    changes: tuple[str, ...]
    message: str = ""


class Recall:
    """Decides what of the record of a run counts in its next session.

    A task that has succeeded does not run again. Nor does one that failed inside of a composite that succeeded, for its
    failure was handled; nor one whose handler was stopped half-way: the handler is resumed. A task runs again
    though it has finished if something before it ran in this session, such as a handler whose step failed once more.
    """

    def __init__(self, program: Program, before: RunRecord, codes: CodeBook, resumption: Resumption) -> None:
        self._before = before
        self._codes = codes
        self._resumption = resumption
        places = Places(program)
        self._other_kind = {
            path
            for path, step in before.steps.items()
            if (placed := places.find(path)) is None or (placed.kind in COMPOSITES) != (step.kind in COMPOSITES)
        }
        self._behind: set[str] = set()
        """Paths of steps after something that ran in this session: all of them run."""
        self._settled: set[str] = {""} if before.status is Status.SUCCEEDED else set()
        """Paths of what stays as it ended, and of all in it: also what failed in a composite is taken as it was."""
        self._ran: set[str] = set()
        """Paths of tasks that ran in this session, and of all around them."""

    def enter(self, frame: Frame, position: int, path: str) -> None:
        """The node at `path`, the member `position` of `frame`, is about to start."""
        step = self._before.steps.get(path)
        before = (frame.path_of(other) for other in frame.before(position))
        if (
            path in self._other_kind
            or frame.path in self._behind
            or any(other in self._ran or other in self._behind for other in before)
        ):
            self._behind.add(path)
        elif frame.path in self._settled or (step is not None and self._counts(step, frame, position)):
            self._settled.add(path)

    def _counts(self, step: StepRecord, frame: Frame, position: int) -> bool:
        """Whether a step stays as it ended."""
        if step.status is Status.SUCCEEDED:
            return True
        if step.status is not Status.FAILED or not isinstance(frame, GraphRun):
            return False
        ended = [
            (handler, self._before.steps[frame.path_of(handler)].status)
            for handler in frame.handling(position)
            if frame.path_of(handler) in self._before.steps
        ]
        succeeded = [handler for handler, status in ended if status is Status.SUCCEEDED]
        failed = any(status is Status.FAILED for _, status in ended)
        return bool(succeeded) and not failed and not any(map(frame.ends_in_failure, succeeded))

    def of_task(self, task: Task, path: str, scope: Scope) -> Recalled | None:
        """What is taken in place of running `task`; None if it runs."""
        step = self._before.steps.get(path)
        if step is None or not step.attempts or path in self._behind or path not in self._settled:
            return None
        if step.status not in (Status.SUCCEEDED, Status.FAILED):
            return None
        if has_mark(dict(step.outputs)):  # a secret stood there: the record does not have what was returned
            return None
        if any(map(was_in_memory, step.outputs.values())):
            return None
        changes = (*self._changed_code(task, step), *self._changed_parameters(task, step, scope))
        missing = any(returned.name not in step.outputs for returned in task.returns)
        if self._resumption.rerun_changed and (changes or (missing and step.status is Status.SUCCEEDED)):
            return None
        return Recalled(step.status, step.outputs, changes, step.message)

    def why_not(self, task: Task, path: str, scope: Scope) -> tuple[str, tuple[str, ...]]:
        """Why `of_task` takes nothing: a sentence without its end, and the names of what has changed since, if any."""
        step = self._before.steps.get(path)
        if step is None or not step.attempts:
            return "it has not begun", ()
        if step.status not in (Status.SUCCEEDED, Status.FAILED):
            return f"it was {step.status}", ()
        if has_mark(dict(step.outputs)):
            return "it returned a secret, which is not recorded", ()
        if any(map(was_in_memory, step.outputs.values())):
            return "what it returned was kept in memory", ()
        changes = (*self._changed_code(task, step), *self._changed_parameters(task, step, scope))
        missing = tuple(f"returns {one.name}" for one in task.returns if one.name not in step.outputs)
        if step.status is Status.FAILED and path not in self._settled:
            return f"it failed ({step.message})" if step.message else "it failed", changes
        if path in self._behind or path not in self._settled:
            return "something before it runs again", changes
        return "changed", (*changes, *missing)

    def before_and_now(self, task: Task, path: str, scope: Scope) -> tuple[Mapping[str, Json], Mapping[str, Json]]:
        """The values of its parameters when it ran, and those that it would be given now."""
        step = self._before.steps.get(path)
        taken = step.attempts[-1].inputs if step is not None and step.attempts else {}
        return taken, with_arguments(task.arguments, scope.select(task.reads))

    def ran(self, path: str) -> None:
        """The task at `path` runs in this session."""
        while path and path not in self._ran:
            self._ran.add(path)
            path = path.rpartition(".")[0]

    def untouched(self, path: str) -> bool:
        """Whether nothing at or below `path` has run in this session."""
        return path not in self._ran

    def _changed_code(self, task: Task, step: StepRecord) -> tuple[str, ...]:
        last = step.attempts[-1]
        then = self._before.code.get(last.code, {})
        digest, now = self._codes.of(task)
        unknown = unknown_parts(now) if self._resumption.rerun_changed else ()
        code = () if not then or digest == last.code else changed_parts(then, now)
        return (*unknown, *code, *self._codes.changed_reads(last.depends))

    def _changed_parameters(self, task: Task, step: StepRecord, scope: Scope) -> tuple[str, ...]:
        """The parameters that it took with other values than it would take now, or than are given now."""
        taken, again = step.attempts[-1].inputs, self._resumption.rerun_changed
        visible = scope.select(task.reads) if again else {}
        seen: Mapping[str, Json] = with_arguments(task.arguments, visible)  # constants are in the file, as code is
        called = {one.name: one.parameter for one in task.arguments}
        given, began = self._resumption.others, self._before.parameters
        changed = [
            name
            for name, value in taken.items()
            if (shown(seen.get(name, value)) != value and not has_mark(value))
            or (called.get(name, name) in given and began[called.get(name, name)] == value)
            or (again and name not in seen and isinstance(task.action, PythonCall))
        ]
        if not isinstance(task.action, NotebookRun):  # what it does not use is not among what it took
            changed += [name for name in called if name not in taken]
        return tuple(f"parameter {name}" for name in changed)
