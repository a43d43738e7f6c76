"""Which arguments a callable has, as `inspect.signature` says: it is loaded only for what is no plain function.

Every pod reads a function's, and `inspect` with what it loads is a tenth of what a pod takes to start.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from operator import is_
from types import FunctionType
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from runnable_runtime.deferred import dataclass

if TYPE_CHECKING:
    from typing import TypeGuard

POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD, VAR_POSITIONAL, KEYWORD_ONLY, VAR_KEYWORD = range(5)
"""How an argument is given, as `inspect` numbers it."""
_TAKES_POSITIONAL, _TAKES_KEYWORDS, _YIELDS = 0x4, 0x8, 0x20 | 0x200
"""What Python's code says of itself: `inspect.CO_VARARGS` and so on, of generators both kinds."""


class NotWritten:
    """In the place of a default, or of an annotation, that is not there."""


@dataclass(frozen=True, slots=True)
class FunctionArgument:
    """An argument as it is written; its annotation may be a text."""

    name: str
    kind: int
    default: object
    annotation: object


_Arguments = tuple[FunctionArgument, ...]
_known: WeakKeyDictionary[FunctionType, tuple[tuple[object, ...], _Arguments]] = WeakKeyDictionary()
"""Of plain functions, each with what it was read of, which may change: a worker calls one thousands of times."""


def written_arguments(function: Callable[..., object]) -> _Arguments:
    """The arguments of `function`. Raises TypeError or ValueError for builtins that do not say."""
    if not _is_plain(function):
        return _inspected(function)
    annotations, by_name = annotations_of(function), function.__kwdefaults__ or {}
    read_of = (
        function.__code__,
        function.__defaults__,
        *by_name,
        *by_name.values(),
        *annotations,
        *annotations.values(),
    )
    known = _known.get(function)
    if known is None or len(known[0]) != len(read_of) or not all(map(is_, known[0], read_of)):
        known = _known[function] = read_of, _read(function, annotations)
    return known[1]


def annotations_of(function: Callable[..., object]) -> Mapping[str, object]:
    """The annotations of a function itself, without those of what it wraps."""
    if sys.version_info >= (3, 14):  # they are evaluated when asked for, and may have names that are not defined
        from annotationlib import Format, get_annotations

        return get_annotations(function, format=Format.FORWARDREF)
    return getattr(function, "__annotations__", {})


def unwrapped(function: Callable[..., object]) -> Callable[..., object]:
    """What decorators have wrapped, or the function itself."""
    if not hasattr(function, "__wrapped__"):
        return function
    import inspect

    inner: Callable[..., object] = inspect.unwrap(function)
    return inner


def is_generator(function: Callable[..., object]) -> bool:
    """Whether a call gives a generator, or an asynchronous one."""
    if type(function) is FunctionType:
        return bool(function.__code__.co_flags & _YIELDS)
    import inspect

    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


def _is_plain(function: Callable[..., object]) -> TypeGuard[FunctionType]:
    """Whether its code says all: what is in its `__dict__` may say another signature."""
    return type(function) is FunctionType and not function.__dict__


def _read(function: FunctionType, annotations: Mapping[str, object]) -> _Arguments:
    code, defaults, by_name = function.__code__, function.__defaults__ or (), function.__kwdefaults__ or {}
    names, count = code.co_varnames, code.co_argcount
    if len(defaults) > count or ".0" in names[:count]:  # not written as a function is: of a comprehension, or changed
        return _inspected(function)

    def one(name: str, kind: int, default: object = NotWritten) -> FunctionArgument:
        return FunctionArgument(name, kind, default, annotations.get(name, NotWritten))

    after = count + code.co_kwonlyargcount
    given = (*(NotWritten,) * (count - len(defaults)), *defaults)
    kinds = (POSITIONAL_ONLY,) * code.co_posonlyargcount + (POSITIONAL_OR_KEYWORD,) * (count - code.co_posonlyargcount)
    found = list(map(one, names, kinds, given))
    if code.co_flags & _TAKES_POSITIONAL:
        found.append(one(names[after], VAR_POSITIONAL))
    found += [one(name, KEYWORD_ONLY, by_name.get(name, NotWritten)) for name in names[count:after]]
    if code.co_flags & _TAKES_KEYWORDS:
        found.append(one(names[after + bool(code.co_flags & _TAKES_POSITIONAL)], VAR_KEYWORD))
    return tuple(found)


def _inspected(function: Callable[..., object]) -> _Arguments:
    import inspect

    if sys.version_info >= (3, 14):
        from annotationlib import Format

        signature = inspect.signature(function, annotation_format=Format.FORWARDREF)
    else:
        signature = inspect.signature(function)
    empty = inspect.Parameter.empty

    def own(value: object) -> object:
        return NotWritten if value is empty else value

    return tuple(
        FunctionArgument(one.name, int(one.kind), own(one.default), own(one.annotation))
        for one in signature.parameters.values()
    )
