"""What an annotation says, for both directions: from JSON (`conversion`) and to it (`encoding`)."""

from __future__ import annotations

import types
import typing
from collections import Counter, OrderedDict, abc, defaultdict
from collections.abc import Mapping
from enum import Enum
from typing import Any

from runnable_runtime.values.callables import NotWritten
from runnable_runtime.values.members import hints_of, is_structured
from runnable_runtime.values.modelled import wants_pydantic
from runnable_runtime.values.single import single_of

LISTS = (list, abc.Sequence, abc.MutableSequence, abc.Collection, abc.Iterable, abc.Reversible)
SETS: dict[object, type] = {set: set, abc.Set: set, abc.MutableSet: set, frozenset: frozenset}
DICTS = (dict, abc.Mapping, abc.MutableMapping)
_MAPPINGS = (Counter, OrderedDict, defaultdict)
_WRITTEN = (bool, int, float, str, list, tuple, set, frozenset, dict, Enum, *_MAPPINGS)
SAYS_LITTLE = ("builtins", "typing", "typing_extensions", "abc", "collections.abc", "contextlib", "types")
"""Modules of classes that a value of JSON may be an instance of, or that nothing can keep."""
_DEEPEST = 8
ANYTHING_GOES = (typing.Any, object, NotWritten)


def unaliased(annotation: object) -> object:
    """The type that `annotation` is another name for: what a NewType or a type alias stands for."""
    while True:
        if hasattr(annotation, "__supertype__"):  # NewType
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__  # type: ignore[attr-defined]
        else:
            return annotation


def says_nothing(annotation: object) -> bool:
    """Whether anything goes."""
    return any(annotation is anything for anything in ANYTHING_GOES)


def plain_annotation(annotation: object) -> object:
    """`annotation` without names for it, and without `Annotated` unless pydantic reads that."""
    if type(annotation) is type:  # the usual case
        return annotation
    annotation = unaliased(annotation)
    while typing.get_origin(annotation) in (typing.Annotated, typing.Required, typing.NotRequired, typing.Final):
        if wants_pydantic(annotation):
            break
        annotation = unaliased(typing.get_args(annotation)[0])
    return Any if isinstance(annotation, typing.TypeVar) else annotation


def unmarked(hint: object) -> object:
    """A hint without ``Required`` and the like around it."""
    return typing.get_args(hint)[0] if typing.get_origin(hint) in (typing.Required, typing.NotRequired) else hint


def is_union(annotation: object) -> bool:
    """Whether it is a union, in either way of writing it."""
    return typing.get_origin(annotation) is typing.Union or isinstance(annotation, types.UnionType)


def alternatives(annotation: object) -> tuple[object, ...]:
    """The members of a union but None, or what is annotated itself."""
    annotation = plain_annotation(annotation)
    if not is_union(annotation):
        return (annotation,)
    return tuple(member for member in typing.get_args(annotation) if member is not types.NoneType)


def is_base(annotation: object) -> bool:
    """Whether it is pydantic's own class, which says nothing of the fields."""
    return isinstance(annotation, type) and annotation.__module__.partition(".")[0] == "pydantic"


def is_opaque(annotation: object, depth: int = 0) -> bool:
    """Whether JSON has no form for what is annotated so, or for a part of it: a data frame, an array, a model.

    Not for what may be anything, nor for classes that only say what an object can do.
    """
    annotation = plain_annotation(annotation)
    if says_nothing(annotation) or (type(annotation) is type and annotation.__module__ == "builtins"):
        return False
    if is_union(annotation):
        return any(is_opaque(member, depth + 1) for member in typing.get_args(annotation))
    kind, arguments = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if not isinstance(kind, type) or says_nothing(kind) or depth > _DEEPEST:
        return False
    if kind is tuple or kind in LISTS or kind in SETS or kind in DICTS:
        return any(is_opaque(argument, depth + 1) for argument in arguments)
    if is_structured(kind) or hasattr(kind, "_fields") or typing.is_typeddict(kind):
        return any(is_opaque(hint, depth + 1) for hint in hints_of(annotation).values())
    if kind.__module__ in SAYS_LITTLE or getattr(kind, "_is_protocol", False) or wants_pydantic(annotation):
        return False
    comes_back = kind in _WRITTEN or issubclass(kind, (Enum, *_MAPPINGS)) or base_of(kind) is not None
    return not (comes_back or single_of(kind) is not None)


def base_of(kind: type) -> type | None:
    """The class of JSON's that `kind` is derived from and is made like, of one value; None if it is not."""
    for base in (dict, list, str, int, float):
        if issubclass(kind, base) and (kind.__new__, kind.__init__) == (base.__new__, base.__init__):
            return base
    return None


def key_and_item(kind: object, arguments: tuple[object, ...]) -> tuple[object, object]:
    """The annotations of a mapping's keys and values, where it is annotated as `kind` of `arguments`."""
    if isinstance(kind, type) and issubclass(kind, Counter):
        return (arguments[0] if arguments else Any), int
    known = kind in DICTS or (isinstance(kind, type) and issubclass(kind, dict))
    return (arguments[0], arguments[1]) if known and len(arguments) == 2 else (Any, Any)


def suits(value: object, annotation: object) -> bool:
    """Whether `value` may be an `annotation`, as far as its class shows."""
    if says_nothing(annotation):
        return True
    if typing.get_origin(annotation) is typing.Literal:
        return value in typing.get_args(annotation)
    kind = typing.get_origin(annotation) or annotation
    if kind is float:
        return isinstance(value, int | float)
    if typing.is_typeddict(kind):
        return isinstance(value, Mapping)
    try:
        return isinstance(value, kind)  # type: ignore[arg-type]
    except TypeError:
        return True


def item_annotations(annotation: object, count: int) -> tuple[object, ...]:
    """The annotations of the items of a list or tuple; the last one stands for all that follow."""
    kind, arguments = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if not arguments:
        return (Any,)
    if kind is tuple and not (len(arguments) == 2 and arguments[1] is Ellipsis):
        return arguments if len(arguments) == count else (Any,)
    return arguments[:1] if kind is tuple or kind in LISTS else (Any,)
