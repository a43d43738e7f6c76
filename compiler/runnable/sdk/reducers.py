"""What a Map's reducer is: a builtin that needs no task, or a task that calls the user's code."""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runnable.ir.nodes import Reads, Reduce, Task
from runnable.sdk.functions import locate
from runnable_runtime.protocol import REDUCERS, ReturnSpec

Reducer = str | Callable[..., Any]
TASK_NAME = "reduce"


class ReducerError(ValueError):
    """A reducer that cannot be used; the text says why."""


def builtin_reducer(reducer: Reducer | None) -> str | None:
    """The reducer's name if it is a builtin that is applied wherever its result is read; None for any other."""
    if isinstance(reducer, str):
        return reducer if reducer in REDUCERS else None
    return next((name for name in REDUCERS if getattr(builtins, name) is reducer), None)


def reduce_task(reducer: Reducer, names: tuple[str, ...], root: Path) -> Task:
    """The task that applies a reducer of the user's to the lists of `names`. Raises ReducerError."""
    action = _text(reducer, root) if isinstance(reducer, str) else _function(reducer, root)
    return Task(TASK_NAME, action, Reads(required=names), tuple(ReturnSpec(name) for name in names))


def _function(reducer: Reducer, root: Path) -> Reduce:
    if not callable(reducer):
        raise ReducerError(f"a {type(reducer).__name__} is neither a function nor the text of one")
    located = locate(reducer, root)
    if located.call is None:
        raise ReducerError(located.problem)
    return Reduce(f"{located.call.module}:{located.call.name}", located.call.import_path)


def _text(text: str, root: Path) -> Reduce:
    if text.lstrip().startswith("lambda"):
        try:
            compile(text.strip(), "<reducer>", "eval")
        except SyntaxError as error:
            raise ReducerError(f"the lambda is not Python: {error.msg}") from None
        return Reduce(text.strip())
    module, _, name = text.rpartition(".")
    found = _attribute(module or "builtins", name)
    if not callable(found):
        raise ReducerError(f"{text} is a {type(found).__name__}, not a function")
    located = locate(found, root)
    return Reduce(f"{module or 'builtins'}:{name}", located.call.import_path if located.call else ())


def _attribute(module: str, name: str) -> object:
    try:
        return getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise ReducerError(str(error)) from None
    except (AttributeError, ValueError):
        what = "there is no such builtin" if module == "builtins" else f"the module {module!r} has no {name!r}"
        raise ReducerError(what) from None
