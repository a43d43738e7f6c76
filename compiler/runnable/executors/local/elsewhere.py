"""Which functions another process can import, and which have to be handed to it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from runnable.executors.local.calls import Functions
from runnable.ir.nodes import (
    Action,
    ContainerRun,
    Fused,
    NotebookRun,
    Nothing,
    Program,
    PythonCall,
    Question,
    Reduce,
    ShellCommand,
)
from runnable.ir.others import HttpRequest, TemplateCall
from runnable.ir.walk import tasks
from runnable_runtime.code.parsing import parse

_OURS: dict[type[Action], str] = {
    NotebookRun: "runnable_runtime.tasks.kernel",
    ShellCommand: "runnable_runtime.tasks.shell",
}
_PICKLING = "cloudpickle"
_PICKLED = ("object", "auto")


def functions_for(action: Action, functions: Functions) -> Functions:
    """Those of `functions` that a worker needs for `action` and cannot import by their names."""
    wanted = ""
    match action:
        case PythonCall(module, name):
            wanted = f"{module}:{name}"
        case Reduce(reducer):
            wanted = reducer
        case ShellCommand() | NotebookRun() | Nothing() | ContainerRun() | Fused():
            return {}
        case Question() | TemplateCall() | HttpRequest():
            return {}
    function = functions.get(wanted)
    return {} if function is None or _can_be_imported(wanted, function) else {wanted: function}


def modules_of(program: Program, functions: Functions) -> list[tuple[str, tuple[str, ...], str]]:
    """What a nursery imports for the tasks of `program`: the project, the import path and the name of each module.

    A function that is handed over is pickled with the name of its module, which its worker would import otherwise.
    """
    found: dict[str, tuple[str, tuple[str, ...], str]] = {}
    for _, task in tasks(program.graph):
        if isinstance(task.action, PythonCall):
            handed = functions_for(task.action, functions)
            if handed or any(returned.kind in _PICKLED for returned in task.returns):
                found[_PICKLING] = (program.root or ".", (), _PICKLING)
            for module in _modules_for(task.action, handed):
                found[module] = (program.root or ".", task.action.import_path, module)
        elif ours := _OURS.get(type(task.action)):
            found[ours] = (program.root or ".", (), ours)
    return list(found.values())


def _modules_for(action: PythonCall, handed: Functions) -> Iterator[str]:
    if not handed:
        yield action.module
    for function in handed.values():
        module = sys.modules.get(getattr(function, "__module__", None) or "__main__")
        if module is not None and module.__name__ != "__main__" and _is_in(module, function):
            yield module.__name__


def _is_in(module: ModuleType, function: Callable[..., Any]) -> bool:
    """Whether `function` can be found in `module`, which is a file."""
    named = _found(module, getattr(function, "__qualname__", ""))
    return named is function and getattr(module, "__file__", None) is not None


def _found(module: ModuleType | None, name: str) -> object:
    """What `name`, with dots, is in `module`; None if nothing is."""
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


@cache
def _can_be_imported(target: str, function: Callable[..., Any]) -> bool:
    """Whether who imports `target` finds `function` as it is here.

    It is at the top of its module, which is a file: of the script itself, if it is not below its main guard, as that
    part of it does not run then.
    """
    module, _, name = target.partition(":")
    own = sys.modules.get(getattr(function, "__module__", None) or "")
    file = getattr(own, "__file__", None)
    if file is None or _found(own, name) is not function:
        return False
    if own is sys.modules["__main__"]:
        is_it = module.rpartition(".")[2] == Path(file).stem
        return is_it and _is_outside_of_guard(file, name.partition(".")[0])
    return sys.modules.get(module) is own


@cache
def _is_outside_of_guard(file: str, name: str) -> bool:
    import ast

    try:
        tree = parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False
    return any(
        isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and statement.name == name
        for statement in tree.body
    )
