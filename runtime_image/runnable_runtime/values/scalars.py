"""Conversions to single values: numbers, texts, dates, paths and enumerations."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import Enum, Flag

from runnable_runtime.protocol import Json
from runnable_runtime.values.single import single_of
from runnable_runtime.values.texts import number_of

_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class Mismatch(ValueError):
    """A value cannot become what is asked for; the text says why, and may be empty."""


def to_bool(value: Json) -> bool:
    """True or false from a boolean, 0, 1, or one of the texts true, yes, 1, false, no, 0 in any case."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.strip().casefold() in _BOOLEANS:
        return _BOOLEANS[value.strip().casefold()]
    raise Mismatch("write true or false")


def to_int(value: Json) -> int:
    """An int from a number without a fraction, or from the text of one."""
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError as error:
            value = number_of(value)
            if value is None:
                raise Mismatch(str(error)) from None
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if value.is_integer():
            return int(value)
        raise Mismatch("it has a fraction")
    raise Mismatch


def to_float(value: Json) -> float:
    """A float from a number, or from the text of one."""
    if isinstance(value, int | float | str):
        number: float = _parsed(float, value)
        return number
    raise Mismatch


def to_text(value: Json) -> str:
    """A text as it is; anything else but null as JSON, which is how a person would have typed it."""
    if value is None:
        raise Mismatch
    return json_text(value)


def to_enum(enum: type[Enum], value: Json) -> Enum:
    """The member with this value, else with this name, else whose value has this text."""
    members = list(enum)
    for member in members:
        if member.value == value and isinstance(member.value, bool) == isinstance(value, bool):
            return member
    if issubclass(enum, Flag) and type(value) is int:  # several members together
        made: Enum = _parsed(enum, value)
        return made
    text = json_text(value)
    for member in members:
        if text in (member.name, str(member.value)):
            return member
    raise Mismatch("choose from " + ", ".join(json_text(member.value) for member in members))


def by_constructor(annotation: type) -> Callable[[Json], object] | None:
    """How to make an `annotation` from one JSON value, for classes of one value; None for others."""
    known = _PLAIN.get(annotation)
    if known is not None:
        return known
    single = single_of(annotation)
    if single is None:
        return None
    read, accepts = single.read, single.accepts

    def make(value: Json) -> object:
        suits = bool in accepts if isinstance(value, bool) else isinstance(value, accepts)
        return _parsed(lambda it: read(annotation, it), value) if suits else _refuse()

    return make


def json_text(value: Json) -> str:
    """A text as it is, anything else as JSON (with spaces, as a person writes it)."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return repr(value)


def shown_value(value: Json) -> str:
    """`value` for a message: JSON, cut to 60 characters, with its type's name."""
    return json_shown(value) if value is None else f"{json_shown(value)} ({type(value).__name__})"


def json_shown(value: Json) -> str:
    """`value` as JSON, cut to 60 characters."""
    text = json_text(value) if not isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _parsed(make: Callable[[Json], Json], value: Json) -> Json:
    try:
        return make(value)
    except (ValueError, OverflowError) as error:
        raise Mismatch(str(error)) from None
    except (ArithmeticError, TypeError):  # Decimal's, whose text says nothing; an abstract class
        raise Mismatch from None


def _refuse() -> object:
    raise Mismatch


_PLAIN: dict[type, Callable[[Json], object]] = {bool: to_bool, int: to_int, float: to_float, str: to_text}
