"""From a task of the IR to the spec that the task protocol runs."""

from __future__ import annotations

from dataclasses import replace

from runnable.diagnostics.errors import InternalError
from runnable.ir.nodes import (
    ContainerRun,
    Fused,
    NotebookRun,
    Nothing,
    PythonCall,
    Question,
    Reduce,
    ShellCommand,
    Task,
)
from runnable.ir.others import HttpRequest, TemplateCall, request_text
from runnable_runtime.protocol import TaskKind, TaskSpec


def task_spec(
    task: Task, path: str, exported: tuple[str, ...] = (), deciding: frozenset[str] = frozenset()
) -> TaskSpec:
    """The spec for `task`, which is at `path`.

    `exported` are the parameters that are environment variables too, `deciding` the names whose values decide what runs
    next (`passes.analysis.deciding`), which no task puts into a store. The
    task's arguments are left out: they are for who gives it parameters as they are called (`pod_spec`).
    """
    kind, target, import_path = _action(task)
    return TaskSpec(
        kind,
        target,
        path,
        task.returns,
        import_path,
        exported,
        get=task.files.get,
        put=task.files.put,
        copy=task.files.store_copy,
        inline=tuple(r.name for r in task.returns if r.name in deciding),
        secrets=task.options.secrets,
        each=task.action.each if isinstance(task.action, Reduce) else (),
        stream_end=task.action.stream_end if isinstance(task.action, PythonCall) else "",
    )


def pod_spec(
    task: Task, exported: tuple[str, ...] = (), deciding: frozenset[str] = frozenset(), place: tuple[int, ...] = ()
) -> TaskSpec:
    """The spec for a pod that runs `task`: it takes the task's arguments from the parameters that it is given."""
    spec = task_spec(task, task.name, exported, deciding)
    return replace(spec, arguments=task.arguments, place=place)


def _action(task: Task) -> tuple[TaskKind, str, tuple[str, ...]]:  # noqa: C901 - a line for each kind
    match task.action:
        case PythonCall(module, name, import_path):
            return "python", f"{module}:{name}", import_path
        case ShellCommand(command):
            return "shell", command, ()
        case NotebookRun(notebook):
            return "notebook", notebook, ()
        case Reduce(function, import_path, _):
            return "reduce", function, import_path
        case Nothing():
            return "stub", "", ()
        case ContainerRun():
            return "container", task.options.image or "", ()
        case Fused():
            raise InternalError(f"{task.name!r} is several tasks, each of which has a spec")
        case Question(message):
            return "approval", message, ()
        case TemplateCall(template, entrypoint):
            return "template", f"{template}/{entrypoint}", ()
        case HttpRequest():
            return "http", request_text(task.action), ()
