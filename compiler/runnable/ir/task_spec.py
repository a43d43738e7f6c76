"""From a task of the IR to the spec that the task protocol runs."""

from __future__ import annotations

from runnable.ir.nodes import NotebookRun, Nothing, PythonCall, Reduce, ShellCommand, Task
from runnable_runtime.protocol import TaskKind, TaskSpec


def task_spec(
    task: Task, path: str, exported: tuple[str, ...] = (), deciding: frozenset[str] = frozenset()
) -> TaskSpec:
    """The spec for `task`, which is at `path`.

    `exported` are the parameters that are environment variables too, `deciding` the names whose values decide what runs
    next (`passes.analysis.deciding`), which no task puts into a store.
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


def _action(task: Task) -> tuple[TaskKind, str, tuple[str, ...]]:
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
