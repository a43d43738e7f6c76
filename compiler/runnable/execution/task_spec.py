"""From a task of the IR to the spec that the task protocol runs."""

from __future__ import annotations

from runnable.ir.nodes import NotebookRun, Nothing, PythonCall, Reduce, ShellCommand, Task
from runnable_runtime.protocol import TaskSpec


def task_spec(task: Task, path: str) -> TaskSpec:
    """The spec for `task`, which stands at `path`."""
    match task.action:
        case PythonCall(module, name, import_path):
            return TaskSpec("python", f"{module}:{name}", path, task.returns, import_path)
        case ShellCommand(command):
            return TaskSpec("shell", command, path, task.returns)
        case NotebookRun(notebook):
            return TaskSpec("notebook", notebook, path, task.returns)
        case Reduce(function, import_path):
            return TaskSpec("reduce", function, path, task.returns, import_path)
        case Nothing():
            return TaskSpec("stub", "", path, task.returns)
