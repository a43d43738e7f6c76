"""Turning a JSON value into what a function's annotation asks for.

A value is converted only by a rule that is written here: a class without one gets the value as it came. No rule loses
anything: 5.7 is no int, and the text "false" is no true.
"""

from __future__ import annotations

import types
import typing
from collections import Counter, OrderedDict, abc, defaultdict
from enum import Enum

from runnable_runtime.protocol import Json
from runnable_runtime.values.annotations import (
    ANYTHING_GOES,
    DICTS,
    LISTS,
    SETS,
    base_of,
    key_and_item,
    unaliased,
    unmarked,
)
from runnable_runtime.values.members import hints_of, is_structured, members_of
from runnable_runtime.values.modelled import by_pydantic, wants_pydantic
from runnable_runtime.values.scalars import Mismatch, by_constructor, json_text, shown_value, to_enum

__all__ = ["Mismatch", "convert", "shown_type", "shown_value", "unaliased", "wants_pydantic"]


_FACTORIES = (int, float, str, list, dict, set)
"""Types of a defaultdict's values that are what it makes of nothing; of others it makes nothing."""


def convert(value: Json, annotation: object, name: str = "") -> object:
    """What a parameter annotated `annotation` gets for the JSON value `value`.

    `name` is the parameter's: a pydantic model that gets a value other than an object takes it as the field `name`.

    Raises:
        Mismatch: `value` cannot become an `annotation`.
    """
    annotation = unaliased(annotation)
    if any(annotation is anything for anything in ANYTHING_GOES):
        return value
    if isinstance(annotation, typing.TypeVar):
        return value
    if wants_pydantic(annotation):
        return by_pydantic(value, annotation, name)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return convert(value, typing.get_args(annotation)[0], name)
    if origin is typing.Union or isinstance(annotation, types.UnionType):
        return _union(value, typing.get_args(annotation), name)
    if origin is typing.Literal:
        return _literal(value, typing.get_args(annotation))
    if annotation is None or annotation is types.NoneType:
        return value if value is None else _mismatch("only null is taken")
    return _by_type(value, annotation, origin or annotation, typing.get_args(annotation))


def shown_type(annotation: object) -> str:
    """`annotation` as its author would write it."""
    if annotation is types.NoneType:
        return "None"
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__qualname__
    # Python 3.13 has Path in a module that its authors do not write.
    text = str(annotation).replace("typing.", "").replace("__main__.", "")
    return text.replace("pathlib._local.", "pathlib.")


def _by_type(value: Json, annotation: object, kind: object, arguments: tuple[object, ...]) -> object:
    if not isinstance(kind, type):
        return value
    if kind in LISTS:
        return _items(value, arguments)
    if kind in SETS:
        return SETS[kind](_items(value, arguments))
    if kind in DICTS:
        return _mapping(value, kind, arguments)
    if issubclass(kind, tuple):
        return _tuple(value, arguments) if kind is tuple else _named_tuple(value, annotation)
    if typing.is_typeddict(kind):
        return _typed_dict(value, annotation)
    if isinstance(value, kind) and type(value) is not bool:
        return value
    if issubclass(kind, Enum):
        return to_enum(kind, value)
    if is_structured(kind):
        return _structured(value, annotation)
    make = by_constructor(kind)
    return _of_subclass(value, kind, arguments) if make is None else make(value)


def _of_subclass(value: Json, kind: type, arguments: tuple[object, ...]) -> object:
    """A class that is derived from one of JSON's; one that is not made like that gets what came."""
    make: typing.Any = kind
    if issubclass(kind, defaultdict):
        wanted = arguments[1] if len(arguments) == 2 else None
        factory = typing.get_origin(wanted) or wanted
        return make(factory if factory in _FACTORIES else None, _mapping(value, kind, arguments))
    if issubclass(kind, Counter | OrderedDict):
        return make(_mapping(value, kind, arguments))
    base = base_of(kind)
    return value if base is None else make(convert(value, base))


def _items(value: Json, arguments: tuple[object, ...]) -> list[object]:
    if not isinstance(value, list | tuple | set | frozenset):
        _mismatch("a list is needed")
    if not arguments:
        return list(value)
    return [_at(f"[{index}]", item, arguments[0]) for index, item in enumerate(value)]


def _mapping(value: Json, kind: object, arguments: tuple[object, ...]) -> dict[object, object]:
    if not isinstance(value, abc.Mapping):
        _mismatch("an object is needed")
    keys, values = key_and_item(kind, arguments)
    found: dict[object, object] = {}
    for key, item in value.items():
        made = _at(" key", key, keys)
        if made in found:
            _mismatch(f"the key {key!r} and another one are both {made!r}")
        found[made] = _at(f"[{key!r}]", item, values)
    return found


def _tuple(value: Json, arguments: tuple[object, ...]) -> tuple[object, ...]:
    if not arguments:
        return tuple(_items(value, ()))
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_items(value, arguments[:1]))
    items = _items(value, ())
    if len(items) != len(arguments):
        _mismatch(f"it has {len(items)} items, not {len(arguments)}")
    return tuple(
        _at(f"[{index}]", item, wanted) for index, (item, wanted) in enumerate(zip(items, arguments, strict=True))
    )


def _named_tuple(value: Json, annotation: object) -> object:
    """A NamedTuple, made of a list in the order of its fields, or of an object; another subclass gets what came."""
    kind: typing.Any = typing.get_origin(annotation) or annotation
    if isinstance(value, kind) or not hasattr(kind, "_fields"):
        return value
    names: tuple[str, ...] = kind._fields
    if isinstance(value, list | tuple):
        if len(value) > len(names):
            _mismatch(f"it has {len(value)} items, and {kind.__name__} {len(names)} fields")
        value = dict(zip(names, value, strict=False))
    if not isinstance(value, dict):
        _mismatch("a list or an object is needed")
    if unknown := [key for key in value if key not in names]:
        _mismatch(f"{kind.__name__} has no field {', '.join(map(repr, unknown))}")
    defaults = kind._field_defaults
    if missing := [name for name in names if name not in value and name not in defaults]:
        _mismatch(f"{kind.__name__} needs the field {', '.join(map(repr, missing))}")
    hints = hints_of(annotation)
    return kind(**{name: _at(f".{name}", item, hints.get(name, typing.Any)) for name, item in value.items()})


def _typed_dict(value: Json, annotation: object) -> dict[str, object]:
    if not isinstance(value, dict):
        _mismatch("an object is needed")
    kind: typing.Any = typing.get_origin(annotation) or annotation
    if missing := sorted(kind.__required_keys__ - value.keys()):
        _mismatch(f"{kind.__name__} needs the key {', '.join(map(repr, missing))}")
    hints = hints_of(annotation)
    return {key: _at(f"[{key!r}]", item, unmarked(hints.get(key, typing.Any))) for key, item in value.items()}


def _union(value: Json, members: tuple[object, ...], name: str) -> object:
    """What the value already is, where a member is just that; else the first member that it can become."""
    if value is None:
        return None if types.NoneType in members else _first(value, members, name)
    if not isinstance(value, dict):
        for member in members:
            try:
                made = convert(value, member, name)
            except Mismatch:
                continue
            if type(made) is type(value) and made == value and json_text(made) == json_text(value):
                return made
    return _first(value, members, name)


def _first(value: Json, members: tuple[object, ...], name: str) -> object:
    for member in members:
        try:
            return convert(value, member, name)
        except Mismatch:
            continue
    return _mismatch()


def _literal(value: Json, choices: tuple[object, ...]) -> object:
    plain = [choice.value if isinstance(choice, Enum) else choice for choice in choices]
    for choice, same in zip(choices, plain, strict=True):
        if type(same) is type(value) and same == value:
            return choice
    for choice, same in zip(choices, plain, strict=True):
        # What a person typed as `5` arrives as a number, and may be meant for Literal["5"].
        if value is not None and json_text(same) == json_text(value):
            return choice
    return _mismatch("choose from " + ", ".join(map(json_text, plain)))


def _structured(value: Json, annotation: object) -> object:
    """A dataclass or attrs class, made of an object of its fields; those that no argument sets are set afterwards."""
    kind: typing.Any = typing.get_origin(annotation) or annotation
    if not isinstance(value, dict):
        _mismatch("an object is needed")
    members = {member.name: member for member in members_of(annotation)}
    if unknown := [key for key in value if key not in members]:
        _mismatch(f"{kind.__name__} has no field {', '.join(map(repr, unknown))}")
    if missing := [n for n, member in members.items() if n not in value and member.needed and member.key]:
        _mismatch(f"{kind.__name__} needs the field {', '.join(map(repr, missing))}")
    made = {key: _at(f".{key}", item, members[key].hint) for key, item in value.items()}
    try:
        found = kind(**{members[key].key: item for key, item in made.items() if members[key].key})
    except (TypeError, ValueError) as error:  # its own __post_init__ refuses them, or needs an InitVar
        raise Mismatch(str(error)) from None
    for key, item in made.items():
        if not members[key].key:
            object.__setattr__(found, key, item)
    return found


def _at(place: str, value: Json, annotation: object) -> object:
    try:
        return convert(value, annotation, place.lstrip("."))
    except Mismatch as mismatch:
        reason = f", {mismatch}" if str(mismatch) else ""
        raise Mismatch(f"{place} is {shown_value(value)}, not {shown_type(annotation)}{reason}") from None


def _mismatch(reason: str = "") -> typing.NoReturn:
    raise Mismatch(reason)
