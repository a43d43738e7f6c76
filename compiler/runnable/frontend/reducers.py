"""What a Map's reducer is: a builtin that needs no task, or a task that calls the user's code.

A reducer of the user's is imported, or its text compiled, when the pipeline is built, so that one that cannot work is
found before anything runs.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import symtable
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from runnable.diagnostics.wording import nearest
from runnable.frontend.functions import Located, locate, locate_member
from runnable.ir.nodes import Reads, Reduce, Task
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import a
from runnable_runtime.protocol import REDUCERS, ReturnSpec, is_lambda
from runnable_runtime.values.callables import (
    KEYWORD_ONLY,
    POSITIONAL_ONLY,
    POSITIONAL_OR_KEYWORD,
    VAR_POSITIONAL,
    NotWritten,
    written_arguments,
)

Reducer = str | Callable[..., Any]
TASK_NAME = "reduce"
_POSITIONAL = (POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD)


class ReducerError(ValueError):
    """A reducer that cannot be used; the text says why. `near` is the text that may be meant."""

    def __init__(self, reason: str, near: str | None = None) -> None:
        super().__init__(reason)
        self.near = near


@dataclass(frozen=True, slots=True)
class UsersReducer:
    """The task that applies a reducer, the function that it calls (None of a lambda's text), and `Located.outside`."""

    task: Task
    function: Callable[..., Any] | None = None
    outside: str = ""


def builtin_reducer(reducer: Reducer | None) -> str | None:
    """The reducer's name if it is a builtin that is applied wherever its result is read; None for any other."""
    if isinstance(reducer, str):
        return reducer if reducer in REDUCERS else None
    return next((name for name in REDUCERS if getattr(builtins, name) is reducer), None)


def users_reducer(
    reducer: Reducer, names: tuple[str, ...], root: Path, objects: frozenset[str] = frozenset()
) -> UsersReducer:
    """The task that applies a reducer to the lists of `names`, of which `objects` are pickled. Raises ReducerError."""
    if isinstance(reducer, str) and is_lambda(reducer.strip(" \t\r\n(")):
        return UsersReducer(_task(Reduce(_lambda(reducer)), names, objects))
    if isinstance(reducer, str):
        function, located = _named(reducer.strip(), root)
    else:
        function, located = reducer, _function(reducer, root)
    if located.call is None:
        raise ReducerError(located.problem)
    _check_arguments(function)
    action = Reduce(f"{located.call.module}:{located.call.name}", located.call.import_path)
    return UsersReducer(_task(action, names, objects), function, located.outside)


def _task(action: Reduce, names: tuple[str, ...], objects: frozenset[str]) -> Task:
    returns = tuple(ReturnSpec(name, "object" if name in objects else "json") for name in names)
    return Task(TASK_NAME, action, Reads(required=names), returns)


def _function(reducer: object, root: Path) -> Located:
    if not callable(reducer):
        raise ReducerError(f"a {type(reducer).__name__} is neither a function nor the text of one")
    return locate(reducer, root)


def _check_arguments(function: Callable[..., Any]) -> None:
    """Raise unless the runtime can call it: with ``*values``, two values to fold, or the list."""
    try:
        parameters = written_arguments(function)
    except (TypeError, ValueError):  # some builtins do not say
        return
    if any(p.kind == VAR_POSITIONAL for p in parameters):
        return
    positional = [p for p in parameters if p.kind in _POSITIONAL]
    by_name = [p.name for p in parameters if p.kind == KEYWORD_ONLY and p.default is NotWritten]
    needed = sum(p.default is NotWritten for p in positional)
    if by_name:
        raise ReducerError(f"it needs the argument {by_name[0]!r} by keyword, and is called with the values alone")
    if not positional or needed > 2:
        count = needed if positional else "none"
        raise ReducerError(f"it takes the list of the values, two values to fold, or *values, and not {count}")


# --- the text of a lambda ---


def _lambda(text: str) -> str:
    """The lambda alone, without white space or brackets around it."""
    text = text.strip()
    try:
        tree = ast.parse(text, "<reducer>", "eval")
    except SyntaxError as error:
        raise ReducerError(f"the lambda is not Python: {error.msg}") from None
    if not isinstance(tree.body, ast.Lambda):
        raise ReducerError("it begins as a lambda, and is something else as a whole")
    found = ast.get_source_segment(text, tree.body) or text
    for name in _globals_of(symtable.symtable(found, "<reducer>", "eval")):
        if not hasattr(builtins, name):
            raise ReducerError(
                f"the lambda uses {name!r}, and a lambda's text has nothing but its arguments and the builtins",
                nearest(name, dir(builtins)),
            )
    _check_arguments(eval(found, {}))  # noqa: S307 - the user's own code, as the rest of the pipeline is
    return found


def _globals_of(table: symtable.SymbolTable) -> Iterator[str]:
    yield from (s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced())
    for inner in table.get_children():
        yield from _globals_of(inner)


# --- a name ---


def _named(text: str, root: Path) -> tuple[Callable[..., Any], Located]:
    """The function with this dotted path, or the builtin of this name."""
    module, name = _module(text, root)
    found: object = module
    for part in name.split("."):
        inner = getattr(found, part, None)
        if inner is None:
            raise _not_there(text, module, found, part)
        found = inner
    if not callable(found):
        raise ReducerError(f"it is {a(type(found).__name__)}, not a function")
    return found, locate_member(module, name, root)


def _not_there(text: str, module: ModuleType, owner: object, part: str) -> ReducerError:
    near = nearest(part, [name for name in dir(owner) if callable(getattr(owner, name, None))])
    if module is builtins:
        return ReducerError("there is no such builtin, and it is no dotted path of a function", near)
    shown = f"the module {module.__name__!r}" if owner is module else repr(getattr(owner, "__name__", owner))
    return ReducerError(f"{shown} has no {part!r}", near and text.removesuffix(part) + near)


def _module(text: str, root: Path) -> tuple[ModuleType, str]:
    """The longest part of a dotted path that is a module, and the rest."""
    parts = text.split(".")
    if not all(part.isidentifier() for part in parts):
        raise ReducerError("it is neither a name, nor a dotted path, nor the text of a lambda")
    for count in range(len(parts) - 1, 0, -1):
        name = ".".join(parts[:count])
        try:
            return importlib.import_module(name), ".".join(parts[count:])
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise ReducerError(f"importing {name!r} needs the module {error.name!r}, which is not there") from None
        except Exception as error:
            raise ReducerError(f"importing {name!r} raises {type(error).__name__}: {error}") from None
    if len(parts) == 1:
        return builtins, text
    near = nearest(parts[0], _modules(root))
    raise ReducerError(f"there is no module {parts[0]!r}", near and ".".join([near, *parts[1:]]))


def _modules(root: Path) -> Iterable[str]:
    own = [path.stem for folder in (root, *map(Path, sys.path[:2])) for path in folder.glob("*.py")]
    return {*own, *sys.stdlib_module_names, *(name for name in sys.modules if "." not in name)}
