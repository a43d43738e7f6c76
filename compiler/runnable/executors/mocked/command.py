"""From the `command` of a patch to the task that runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from runnable.executors.mocked.settings import Patch, ReturnKeys
from runnable.ir.nodes import (
    Action,
    ContainerRun,
    Files,
    Fused,
    NotebookRun,
    Nothing,
    PythonCall,
    Question,
    Reads,
    Reduce,
    ShellCommand,
    Task,
)
from runnable.ir.others import HttpRequest, TemplateCall
from runnable_runtime.deferred import pattern
from runnable_runtime.failures import TaskFailure
from runnable_runtime.presence import is_file
from runnable_runtime.protocol import ReturnSpec, TaskSpec
from runnable_runtime.tasks.python import load
from runnable_runtime.values.signature import reads

CommandType = Literal["python", "shell", "notebook"]
_DOTTED = pattern(r"[^\W\d]\w*(\.[\w-]+)+")


class CommandError(ValueError):
    """A patch that cannot be used: the text says why, `key` names the key of the patch that it is about."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


def patched_task(task: Task, patch: Patch, root: Path) -> tuple[Task, Callable[..., object] | None]:
    """`task` running the command of `patch` instead, and the function if it is one. Raises CommandError."""
    command = patch.command or ""
    if not command.strip():
        raise CommandError("command", "is empty")
    own = _kind(task.action)
    kind = patch.command_type or _fitting(own, command)
    returns = _returns(task, patch, same_kind=kind == own)
    function: Callable[..., object] | None = None
    action: Action
    read = Reads(everything=True)
    match kind:
        case "shell":
            action = ShellCommand(command)
        case "notebook":
            action = NotebookRun(_notebook(command, root))
        case "python":
            module, _, name = command.rpartition(".")
            function = _function(command, module, name, root)
            action, found = PythonCall(module, name), reads(function)
            read = Reads(found.required, found.optional, found.everything)
    taken = {*read.required, *read.optional}
    arguments = tuple(one for one in task.arguments if read.everything or one.name in taken)
    patched = replace(task, action=action, reads=read.with_arguments(arguments), arguments=arguments, image_from="")
    return replace(patched, returns=returns, options=replace(task.options, secrets=()), files=Files()), function


def _kind(action: Action) -> CommandType | None:
    match action:
        case PythonCall():
            return "python"
        case ShellCommand():
            return "shell"
        case NotebookRun():
            return "notebook"
        case Nothing() | Reduce() | ContainerRun() | Fused() | Question() | TemplateCall() | HttpRequest():
            return None


def _fitting(own: CommandType | None, command: str) -> CommandType:
    """The step's own kind, where the command can be of it; a command line otherwise (`exit 1` for a function)."""
    if own != "shell" and command.endswith(".ipynb"):
        return "notebook"
    if own != "shell" and _DOTTED.fullmatch(command):
        return "python"
    return "shell"


def _returns(task: Task, patch: Patch, *, same_kind: bool) -> tuple[ReturnSpec, ...]:
    if patch.returns is None:
        return task.returns if same_kind else ()
    return tuple(ReturnSpec(r.name, r.kind) if isinstance(r, ReturnKeys) else ReturnSpec(r) for r in patch.returns)


def _notebook(path: str, root: Path) -> str:
    if Path(path).is_absolute() or not is_file(root / path):
        raise CommandError("command", f"there is no notebook {path!r} in the project {root}")
    return path


def _function(command: str, module: str, name: str, root: Path) -> Callable[..., object]:
    if not module:
        raise CommandError("command", f"{command!r} is no function's dotted path, such as package.module.function")
    try:
        return load(TaskSpec("python", f"{module}:{name}"), root)
    except TaskFailure as failure:
        reason = failure.message.partition(" (is the code")[0]
        raise CommandError("command", reason) from None
    except Exception as error:
        raise CommandError("command", f"importing {module} failed: {type(error).__name__}: {error}") from None
