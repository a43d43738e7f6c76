"""One attempt at a task in the present process, whichever that is: the step from a TaskStart to an Outcome."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping

from runnable.execution.launcher import Outcome, TaskStart
from runnable.ir.unit import function_of
from runnable_runtime.failures import TaskFailure
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Status
from runnable_runtime.task import run
from runnable_runtime.values.reference import has_reference

Functions = Mapping[str, Callable[..., object]]
"""The function objects that a program calls, by ``module:name``."""


def attempt(task: TaskStart, functions: Functions) -> Outcome:
    """Run `task` here, in its own folder. KeyboardInterrupt and requests to stop pass through; all else fails it."""
    if task.folder is not None and task.spec.kind != "stub":  # whose folder nobody would put back
        try:
            os.chdir(task.folder)
        except OSError as error:
            message = f"the project's folder {task.folder} cannot be entered: {error.strerror}"
            return Outcome(status=Status.FAILED, message=message)
    try:
        if task.notebook is not None:
            task.notebook.parent.mkdir(parents=True, exist_ok=True)
        result = run(
            task.spec,
            own_copy(task.parameters),
            project=task.project,
            function=function_of(task.action, functions),
            environment=task.environment,
            notebook_output=task.notebook,
            storage=task.storage,
            redactor=task.redactor,
        )
    except TaskFailure as failure:
        return Outcome(
            status=Status.FAILED,
            inputs=tuple(task.parameters),
            files=failure.files,
            message=failure.message,
            trace=failure.trace,
        )
    except Exception as error:  # no user's mistake: a limit of the system, or a bug, which is no end of the whole run
        given, message = tuple(task.parameters), f"{type(error).__name__}: {error}"
        return Outcome(status=Status.FAILED, inputs=given, message=message, trace=_trace(error))
    return Outcome(
        status=Status.SUCCEEDED,
        inputs=tuple(result.inputs),
        outputs=own_copy(result.outputs),
        metrics=result.metrics,
        files=result.files,
        depends=result.depends,
    )


def _trace(error: Exception) -> str:
    """Where it was raised; empty if a limit of the system does not allow even that to be found out."""
    try:
        import traceback
    except OSError:  # an earlier task has opened all files that this process may have
        return ""
    return "".join(traceback.format_exception(error))


def own_copy(values: Mapping[str, Json]) -> dict[str, Json]:
    """`values` without lists or mappings shared with anyone: a task may change what it was given."""
    return {name: _copy(value) if isinstance(value, list | dict) else value for name, value in values.items()}


def _copy(value: Json) -> Json:
    if isinstance(value, list) and has_reference(value):
        return [_copy(item) for item in value]
    return json.loads(json.dumps(value)) if isinstance(value, list | dict) else value
