"""Texts that people type, as values of JSON."""

from __future__ import annotations

import json
import math

from runnable_runtime.protocol import Json


def decode_text(text: str) -> Json:
    """A value that a person typed: JSON where `text` is JSON (`5`, `true`, `[1, 2]`), else the text itself.

    A number stays text where JSON would write it otherwise (`1.10`, `73e5`): it may be a version or a hash, and what
    takes a number takes such a text too. So do NaN, Infinity and numbers too large for a float, which are no JSON.
    """
    try:
        value = loads(text)
    except (ValueError, RecursionError):
        return text
    return text if _is_number(value) and json.dumps(value) != text else value


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
