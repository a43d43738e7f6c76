"""What a step's outputs can be, from its function's return annotation: `runnable_runtime.values.returns`, for types.

Needs: a return annotation, resolved. Leaves: a `Value` for each of a step's returns.

An annotation of a base class allows what any subclass of it is written as, so a class of the user's own says nothing
unless its kind (a dataclass, a pydantic model, an enumeration) does.
"""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from collections import OrderedDict, abc, defaultdict
from enum import Enum, Flag

from runnable.passes.analysis.values.value import (
    ANYTHING,
    BOOLEANS,
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
    members,
    one_of,
)
from runnable_runtime.values.annotations import SETS, is_opaque, unaliased
from runnable_runtime.values.conversion import shown_type
from runnable_runtime.values.single import written_single

_DEEPEST = 6
_SCALARS: dict[object, Value] = {
    None: Scalar.NULL,
    types.NoneType: Scalar.NULL,
    bool: BOOLEANS,
    int: Scalar.INTEGER,
    float: Scalar.NUMBER,
    str: Scalar.TEXT,
}
_SUBCLASSES: dict[type, Value] = {
    int: Scalar.INTEGER,
    float: Scalar.NUMBER,
    str: Scalar.TEXT,
    list: ListOf(ANYTHING),
    dict: Object(ANYTHING),
}
_MAPPINGS = (dict, abc.Mapping, abc.MutableMapping, OrderedDict, defaultdict)


def outputs(annotation: object, count: int) -> tuple[Value, ...] | int:
    """What each of a step's `count` declared returns can be, where its function is annotated to return `annotation`.

    An int, the number of values that the function returns, if that is certain to be another number.
    """
    splits = [_split(member, count) for member in _alternatives(annotation)]
    fitting = [split for split in splits if not isinstance(split, int)]
    if not fitting:
        return next(split for split in splits if isinstance(split, int))
    return tuple(one_of(list(column)) for column in zip(*fitting, strict=True))


def _alternatives(annotation: object) -> tuple[object, ...]:
    annotation = _plain(annotation)
    if typing.get_origin(annotation) is typing.Union or isinstance(annotation, types.UnionType):
        return tuple(a for member in typing.get_args(annotation) for a in _alternatives(member))
    if (typing.get_origin(annotation) or annotation) is abc.Sequence:  # which a tuple is too, and tuples are split
        (item,) = typing.get_args(annotation) or (typing.Any,)
        return (annotation, types.GenericAlias(tuple, (item, ...)))
    return (annotation,)


def _plain(annotation: object) -> object:
    """`annotation` without names for it and without `Annotated`."""
    annotation = unaliased(annotation)
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = unaliased(typing.get_args(annotation)[0])
    return annotation


def _split(annotation: object, count: int) -> tuple[Value, ...] | int:
    """As the runtime's `values.returns.collect`: a tuple has a value for each return, all else is for one."""
    value = written(annotation)
    if count == 1:
        return (value,)
    if _is_tuple(annotation):
        match value:
            case TupleOf(items):
                return items if len(items) == count else len(items)
            case ListOf(item):
                return (item,) * count
            case Instance() | Scalar() | Unknown() | Exactly() | Object() | NotJson() | OneOf():
                return (ANYTHING,) * count
    is_one = value is not ANYTHING and not isinstance(value, NotJson)
    return 1 if is_one else (ANYTHING,) * count


def _is_tuple(annotation: object) -> bool:
    kind = typing.get_origin(annotation) or annotation
    return isinstance(kind, type) and issubclass(kind, tuple)


def written(annotation: object, depth: int = 0) -> Value:
    """What a value annotated `annotation` is in JSON."""
    annotation = _plain(annotation)
    if depth > _DEEPEST:
        return ANYTHING
    try:
        if annotation in _SCALARS:
            return _SCALARS[annotation]
    except TypeError:  # not hashable, so no annotation that is known here
        return ANYTHING
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Union or isinstance(annotation, types.UnionType):
        return one_of([written(member, depth + 1) for member in arguments])
    if origin is typing.Literal:
        return one_of([Exactly(c.value if isinstance(c, Enum) else c) for c in arguments])
    kind = origin or annotation
    return _of_class(kind, arguments, depth + 1) if isinstance(kind, type) else ANYTHING


def _of_class(kind: type, arguments: tuple[object, ...], depth: int) -> Value:
    if kind in (list, abc.MutableSequence, abc.Sequence):
        return _list(written(arguments[0], depth) if arguments else ANYTHING, kind)
    if kind is tuple:
        return _tuple(arguments, depth)
    if kind in SETS:
        return ListOf(written(arguments[0], depth) if arguments else ANYTHING)
    if kind in _MAPPINGS:
        return _mapping(arguments, depth)
    single = written_single(kind)
    if single is not None:
        return Instance(kind, single.examples)
    if kind.__module__.partition(".")[0] == "pydantic" and kind.__name__.startswith("Secret"):
        return NotJson(f"a {kind.__name__}", "name the secret in `secrets` of the step that needs it")
    if issubclass(kind, Enum):
        return _enumeration(kind)
    if issubclass(kind, tuple):
        return _named_tuple(kind, depth)
    if typing.is_typeddict(kind):
        return _fields(kind, kind.__required_keys__, depth)  # type: ignore[attr-defined]
    return _structured(kind, depth)


def _named_tuple(kind: type, depth: int) -> Value:
    hints, names = _hints(kind), getattr(kind, "_fields", None)
    return ListOf(ANYTHING) if names is None else TupleOf(tuple(written(hints.get(n, object), depth) for n in names))


def _list(item: Value, kind: type) -> Value:
    may_be_text = kind is abc.Sequence and (item is ANYTHING or Scalar.TEXT in members(item))
    return one_of([ListOf(item), Scalar.TEXT]) if may_be_text else ListOf(item)


def _tuple(arguments: tuple[object, ...], depth: int) -> Value:
    if not arguments:
        return ListOf(ANYTHING)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return ListOf(written(arguments[0], depth))
    if any(typing.get_origin(a) is typing.Unpack or getattr(a, "__unpacked__", False) for a in arguments):
        return ListOf(ANYTHING)
    return TupleOf(() if arguments == ((),) else tuple(written(a, depth) for a in arguments))


def _mapping(arguments: tuple[object, ...], depth: int) -> Value:
    if len(arguments) != 2:
        return Object(ANYTHING)
    key = written(arguments[0], depth)
    if key is not ANYTHING and not any(_may_be_key(member) for member in members(key)):
        return Object(NotJson(f"keys of type {shown_type(arguments[0])}", "make the keys texts with str()"))
    return Object(written(arguments[1], depth))


def _may_be_key(value: Value) -> bool:
    match value:
        case Exactly(exact):
            return isinstance(exact, str | int | float)
        case Instance(_, examples):
            return bool(examples)
        case Scalar() | Unknown():
            return value is not Scalar.NULL
        case ListOf() | TupleOf() | Object() | NotJson() | OneOf():
            return False


def _enumeration(kind: type[Enum]) -> Value:
    values = [member.value for member in kind]
    plain = all(value is None or isinstance(value, bool | int | float | str) for value in values)
    return one_of([Exactly(value) for value in values]) if plain and not issubclass(kind, Flag) else ANYTHING


def _structured(kind: type, depth: int) -> Value:
    for plain, value in _SUBCLASSES.items():
        if issubclass(kind, plain):
            return value
    if hasattr(kind, "__pydantic_serializer__"):
        return _pydantic(kind)
    if dataclasses.is_dataclass(kind):
        return _fields(kind, [field.name for field in dataclasses.fields(kind)], depth)
    if is_opaque(kind):
        return NotJson(f"a {kind.__name__}", "declare it pickled(...), or return what JSON has, as .tolist() gives")
    return ANYTHING


def _pydantic(kind: type) -> Value:
    pydantic = sys.modules["pydantic"]
    decorators = getattr(kind, "__pydantic_decorators__", None)
    if issubclass(kind, pydantic.RootModel) or decorators is None or decorators.model_serializers:
        return ANYTHING
    return Object(ANYTHING) if getattr(kind, "model_dump", None) is pydantic.BaseModel.model_dump else ANYTHING


def _fields(kind: type, names: abc.Iterable[str], depth: int) -> Value:
    hints = _hints(kind)
    return Object(ANYTHING, tuple((name, written(hints.get(name, object), depth)) for name in sorted(names)))


def _hints(kind: type) -> dict[str, object]:
    try:
        return typing.get_type_hints(kind)
    except Exception:  # a name that is known to type checkers only
        return {}


def refused(value: Value) -> tuple[NotJson, bool] | None:
    """The part of `value` that is not JSON, and whether it is certain to be there; None if all of it can be JSON."""
    match value:
        case NotJson():
            return value, True
        case ListOf(item) | Object(item, ()):
            found = refused(item)
            return (found[0], False) if found else None
        case TupleOf(items):
            return _worst([refused(item) for item in items])
        case Object(_, fields):
            return _worst([refused(item) for _, item in fields])
        case OneOf(alternatives):
            found_in = [one for member in alternatives if (one := refused(member))]
            return min(found_in, key=lambda one: one[1]) if len(found_in) == len(alternatives) else None
        case Scalar() | Unknown() | Exactly() | Instance():
            return None


def _worst(found: list[tuple[NotJson, bool] | None]) -> tuple[NotJson, bool] | None:
    return max((one for one in found if one), key=lambda one: one[1], default=None)
