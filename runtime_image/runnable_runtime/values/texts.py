"""Texts that people type, as values of JSON."""

from __future__ import annotations

import json
import math

from runnable_runtime.protocol import Json


def decode_text(text: str) -> Json:
    """A value that a person typed: JSON where `text` is JSON (`5`, `true`, `[1, 2]`), else the text itself.

    A number stays text where JSON would write it otherwise (`1.10`, `73e5`): it may be a version or a hash, and what
    takes a number takes such a text too. Blanks around it do not matter: `wc -l` prints some. NaN, Infinity and numbers
    too large for a float are no JSON, so they stay text.
    """
    try:
        value = loads(text)
    except (ValueError, RecursionError):
        return text
    return text if _is_number(value) and json.dumps(value) != text.strip() else value


def text_of(value: Json) -> str:
    """The text that a program is given of a value: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def returned(text: str, *, metric: bool) -> Json:
    """The value of a text that a program leaves: see `decode_text`. A metric is a number, in whatever form it is."""
    number = number_of(text) if metric else None
    return decode_text(text) if number is None else number


def number_of(text: str) -> int | float | None:
    """The number that `text` is in JSON, in any form (`1.10`, `73e5`); None for what is none, or is not finite."""
    try:
        value = loads(text)
    except (ValueError, RecursionError):
        return None
    return value if _is_number(value) else None


def with_numbers_read(values: list[Json]) -> list[Json]:
    """`values` with those that `decode_text` has kept as text as the numbers that they are, if all are numbers then."""
    read = [_kept_number(value) for value in values]
    return read if all(map(_is_number, read)) else values


def _kept_number(value: Json) -> Json:
    return number_of(value) if isinstance(value, str) and decode_text(value) == value else value


def is_json(text: str) -> bool:
    """Whether `text` is JSON in any form."""
    try:
        loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def loads(text: str) -> Json:
    """The value that `text` is in JSON. Raises ValueError, RecursionError."""
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:40]} is too large for a number")
    return number


def json_bytes(value: Json) -> bytes:
    """The compact text of a JSON value."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
