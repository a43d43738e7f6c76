"""Whether a value can become what an argument is annotated as: the runtime's `values.conversion`, without a value.

Needs: a `Value` and an annotation, resolved. Leaves: a `Fit`.

Single values go through the runtime's own conversions. No code of the user's is called: a class with a constructor or
a validator of its own is taken to accept anything.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Iterable
from enum import Enum, IntEnum

from runnable.passes.analysis.values.pydantic_models import is_refused
from runnable.passes.analysis.values.value import (
    ANYTHING,
    Exactly,
    Instance,
    ListOf,
    NotJson,
    Object,
    OneOf,
    Scalar,
    TupleOf,
    Unknown,
    Value,
    opened,
)
from runnable_runtime.protocol import Json
from runnable_runtime.values.annotations import ANYTHING_GOES, DICTS, LISTS, SETS, unaliased
from runnable_runtime.values.conversion import Mismatch, convert
from runnable_runtime.values.members import is_structured, members_of
from runnable_runtime.values.modelled import wants_pydantic
from runnable_runtime.values.scalars import by_constructor, to_enum

_READ = (bool, int, float)
"""What a text becomes if it reads as such."""
_STANDARD = ("builtins", "pathlib", "datetime", "uuid", "decimal", "fractions")


class Fit(IntEnum):
    """Whether a value can become what an annotation asks for.

    EMPTY: only if it is an empty list or object. TEXT: only if its texts are those of numbers, or of booleans.
    """

    NEVER = 0
    EMPTY = 1
    TEXT = 2
    MAYBE = 3


def fit(value: Value, annotation: object, name: str = "") -> Fit:
    """Whether some value of `value` converts to `annotation`; `name` is the argument's."""
    if isinstance(value, OneOf):
        return max(fit(member, annotation, name) for member in value.members)
    annotation = unaliased(annotation)
    if value is ANYTHING or isinstance(value, NotJson) or any(annotation is it for it in ANYTHING_GOES):
        return Fit.MAYBE
    if isinstance(value, Instance):
        return _instance(value, annotation, name)
    if wants_pydantic(annotation):
        return _maybe(not is_refused(value, annotation, name))
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return fit(value, arguments[0], name)
    if origin is typing.Union or isinstance(annotation, types.UnionType):
        return max(fit(value, member, name) for member in arguments)
    if origin is typing.Literal:
        return _literal(value, annotation, arguments)
    if annotation is None or annotation is types.NoneType:
        return _maybe(value is Scalar.NULL or (isinstance(value, Exactly) and value.value is None))
    kind = origin or annotation
    return _by_type(opened(value), annotation, kind, arguments) if isinstance(kind, type) else Fit.MAYBE


def _instance(value: Instance, annotation: object, name: str) -> Fit:
    """Whether an object can be what an annotation says, itself or as the JSON that it travels as."""
    if typing.get_origin(annotation) is typing.Union or isinstance(annotation, types.UnionType):
        return max(fit(value, member, name) for member in typing.get_args(annotation))
    kind = typing.get_origin(annotation) or annotation
    if not isinstance(kind, type) or getattr(kind, "_is_protocol", False) or typing.is_typeddict(kind):
        return Fit.MAYBE
    try:
        if issubclass(value.kind, kind) or issubclass(kind, value.kind):
            return Fit.MAYBE
    except TypeError:  # a class that does not answer
        return Fit.MAYBE
    if not value.examples:
        return Fit.NEVER
    return max(fit(Exactly(example), annotation, name) for example in value.examples)


def _maybe(possible: bool) -> Fit:
    return Fit.MAYBE if possible else Fit.NEVER


def _converts(make: Callable[[Json], object], value: Json) -> bool:
    try:
        make(value)
    except Mismatch:
        return False
    return True


def _by_type(value: Value, annotation: object, kind: type, arguments: tuple[object, ...]) -> Fit:
    if kind in LISTS or kind in SETS:
        return _items(value, arguments[0] if arguments else typing.Any)
    if kind in DICTS:
        return _mapping(value, arguments)
    if kind is tuple:
        return _tuple(value, arguments)
    if typing.is_typeddict(kind):
        return _maybe(isinstance(value, Object))
    if issubclass(kind, Enum):
        return _enumeration(value, kind)
    if is_structured(kind):
        return _structured(value, annotation)
    return _constructed(value, kind)


# --- lists and objects ---


def _items(value: Value, item: object) -> Fit:
    match value:
        case ListOf(each):
            return _each(fit(each, item))
        case TupleOf(items):
            return _all(fit(one, item, f"[{index}]") for index, one in enumerate(items))
        case Scalar() | Unknown() | Exactly() | Object() | NotJson() | Instance() | OneOf():
            return Fit.NEVER


def _each(one: Fit) -> Fit:
    """The fit of a list or an object whose every member fits like `one`."""
    match one:
        case Fit.NEVER:
            return Fit.EMPTY
        case Fit.TEXT:
            return Fit.TEXT
        case Fit.EMPTY | Fit.MAYBE:
            return Fit.MAYBE


def _all(fits: Iterable[Fit]) -> Fit:
    return min(fits, default=Fit.MAYBE)


def _tuple(value: Value, arguments: tuple[object, ...]) -> Fit:
    if not arguments or (len(arguments) == 2 and arguments[1] is Ellipsis):
        return _items(value, arguments[0] if arguments else typing.Any)
    match value:
        case ListOf(each):
            found = _all(fit(each, wanted) for wanted in arguments)
            return Fit.MAYBE if found is Fit.EMPTY else found
        case TupleOf(items) if len(items) == len(arguments):
            return _all(fit(item, wanted) for item, wanted in zip(items, arguments, strict=True))
        case Scalar() | Unknown() | Exactly() | TupleOf() | Object() | NotJson() | Instance() | OneOf():
            return Fit.NEVER


def _mapping(value: Value, arguments: tuple[object, ...]) -> Fit:
    if not isinstance(value, Object):
        return Fit.NEVER
    if len(arguments) != 2:
        return Fit.MAYBE
    key, wanted = arguments
    found = _all(min(fit(Exactly(name), key), fit(one, wanted)) for name, one in value.fields)
    if not value.closed and not value.fields:  # numbers are texts, too, as the keys of JSON objects
        return Fit.EMPTY if fit(Scalar.TEXT, key) is Fit.NEVER else _each(fit(value.values, wanted))
    return found


def _structured(value: Value, annotation: object) -> Fit:
    if not isinstance(value, Object):
        return Fit.NEVER
    known = {member.name: member for member in members_of(annotation)}
    given = dict(value.fields)
    if any(name not in known for name in given):
        return Fit.NEVER
    if value.closed and any(member.needed and member.key for name, member in known.items() if name not in given):
        return Fit.NEVER
    return _all(fit(one, known[name].hint, name) for name, one in given.items())


# --- single values ---


def _constructed(value: Value, kind: type) -> Fit:
    make = by_constructor(kind)
    if make is None:
        return Fit.MAYBE
    standard = kind.__module__.partition(".")[0] in _STANDARD
    match value:
        case Scalar.NULL:
            return _maybe(_converts(make, None))
        case ListOf() | TupleOf():
            return _maybe(_converts(make, []))
        case Object():
            return _maybe(_converts(make, {}))
        case Exactly(exact) if standard or exact is None:
            return _maybe(_converts(make, exact))
        case Scalar.TEXT if kind in _READ:
            return Fit.TEXT
        case Scalar.INTEGER if standard:
            return _maybe(_converts(make, 1))
        case Scalar.NUMBER if standard:
            return _maybe(_converts(make, 1.0) or _converts(make, 1))
        case Scalar() | Unknown() | Exactly() | NotJson() | Instance() | OneOf():
            return Fit.MAYBE


def _literal(value: Value, annotation: object, choices: tuple[object, ...]) -> Fit:
    match value:
        case Exactly(exact):
            return _maybe(_converts(lambda it: convert(it, annotation), exact))
        case Scalar.NULL:
            return _maybe(None in choices)
        case Scalar.TEXT:
            return Fit.MAYBE
        case Scalar():
            return _maybe(_has_number([choice.value if isinstance(choice, Enum) else choice for choice in choices]))
        case Unknown() | ListOf() | TupleOf() | Object() | NotJson() | Instance() | OneOf():
            return _maybe(any(isinstance(choice, str) and choice[:1] in ("[", "{") for choice in choices))


def _enumeration(value: Value, kind: type[Enum]) -> Fit:
    members = list(kind)
    match value:
        case Exactly(exact):
            return _maybe(_converts(lambda it: to_enum(kind, it), exact))
        case Scalar.NULL:
            return _maybe(_converts(lambda it: to_enum(kind, it), None))
        case Scalar.TEXT:
            return _maybe(bool(members))
        case Scalar():
            return _maybe(_has_number([text for m in members for text in (m.value, m.name, str(m.value))]))
        case Unknown() | ListOf() | TupleOf() | Object() | NotJson() | Instance() | OneOf():
            return _maybe(any(not isinstance(m.value, bool | int | float | str | None) for m in members))


def _has_number(values: Iterable[object]) -> bool:
    """Whether one of `values` is a number (booleans are, too), or the text of one."""
    return any(isinstance(value, int | float) or (isinstance(value, str) and _is_number(value)) for value in values)


def _is_number(text: str) -> bool:
    try:
        return isinstance(json.loads(text), int | float)
    except ValueError:
        return False
