"""Abstract values: each describes a set of JSON values.

Needs: nothing. Leaves: immutable values, to build, combine and show.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.values.scalars import json_shown, shown_value


class Scalar(Enum):
    """Every value of one type. As Python's annotations have it, an INTEGER may be a boolean, a NUMBER an integer."""

    NULL = "null"
    INTEGER = "a whole number"
    NUMBER = "a number"
    TEXT = "a text"


class Unknown(Enum):
    """Every value at all."""

    ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class Exactly:
    """This one value."""

    value: Json


@dataclass(frozen=True, slots=True)
class ListOf:
    """Lists of any length whose items are of `item`."""

    item: Value


@dataclass(frozen=True, slots=True)
class TupleOf:
    """Lists of exactly these items."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Object:
    """Objects whose values are of `values`. They always have `fields`; if `closed`, nothing else."""

    values: Value
    fields: tuple[tuple[str, Value], ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class NotJson:
    """Something that is not JSON, so that a step cannot return it: `what` it is, and what to return `instead`."""

    what: str
    instead: str


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of the class `kind`: JSON such as `examples` travels, or its pickle, where there are none."""

    kind: type
    examples: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class OneOf:
    """A value of one of these; it is not known of which."""

    members: tuple[Value, ...]


Value = Scalar | Unknown | Exactly | ListOf | TupleOf | Object | NotJson | Instance | OneOf

ANYTHING: Final = Unknown.ANYTHING
BOOLEANS: Final = OneOf((Exactly(False), Exactly(True)))


def one_of(alternatives: Sequence[Value]) -> Value:
    """The union of `alternatives`, flat."""
    if len(alternatives) == 1:
        return alternatives[0]
    flat: list[Value] = []
    for member in alternatives:
        flat += member.members if isinstance(member, OneOf) else (member,)
    if not flat or ANYTHING in flat:
        return ANYTHING
    return OneOf(tuple(flat))


def members(value: Value) -> tuple[Value, ...]:
    """The alternatives that `value` is made of."""
    return value.members if isinstance(value, OneOf) else (value,)


def opened(value: Value) -> Value:
    """`value`, where an exact list or object has become a `TupleOf` or `Object` of exact values."""
    if isinstance(value, Exactly) and isinstance(value.value, list):
        return TupleOf(tuple(Exactly(item) for item in value.value))
    if isinstance(value, Exactly) and isinstance(value.value, dict):
        return Object(ANYTHING, tuple((key, Exactly(item)) for key, item in value.value.items()), closed=True)
    return value


def shown(value: Value) -> str:
    """`value` for a message."""
    if value is BOOLEANS:
        return "a boolean"
    match value:
        case Scalar() | Unknown():
            return str(value.value)
        case Exactly(exact):
            return shown_value(exact)
        case ListOf(item):
            return "a list" if item is ANYTHING else f"a list of {_plural(item)}"
        case TupleOf(items):
            return f"a list of {len(items)}"
        case Object():
            return "a dictionary"
        case NotJson(what):
            return what
        case Instance(kind):
            return f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"
        case OneOf(alternatives):
            exact = all(isinstance(member, Exactly) for member in alternatives)
            texts = [json_shown(m.value) if exact and isinstance(m, Exactly) else shown(m) for m in alternatives]
            return " or ".join(dict.fromkeys(texts))


def _plural(item: Value) -> str:
    match item:
        case Instance(kind):
            return f"{kind.__name__} values"
        case Scalar.NULL | Exactly() | OneOf() | Unknown() | NotJson():
            return "booleans" if item is BOOLEANS else f"({shown(item)})"
        case Scalar() | ListOf() | TupleOf() | Object():
            noun, of, rest = shown(item).partition(" of ")
            plural = noun.partition(" ")[2].removesuffix("y") + ("ies" if noun.endswith("y") else "s")
            return plural + of + rest


def travelling(value: Value) -> type | None:
    """The class of an object that `value` is or lists, and that travels as another value; None if there is none."""
    match value:
        case Instance(kind, examples):
            return kind if examples else None
        case ListOf(item):
            return travelling(item)
        case TupleOf(items) | OneOf(items):
            return next(filter(None, map(travelling, items)), None)
        case Scalar() | Unknown() | Exactly() | Object() | NotJson():
            return None
