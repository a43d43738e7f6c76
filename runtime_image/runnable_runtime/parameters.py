"""Parameters as text: the two directions of the inputs and outputs that `protocol` describes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from runnable_runtime.failures import BadInput
from runnable_runtime.protocol import Json


def decode_lines(text: str) -> dict[str, Json]:
    """Read inputs: JSON Lines, later lines win (see `protocol`).

    Raises:
        BadInput: a line is neither an object nor an array of two strings; the message has its number and the reason.
    """
    values: dict[str, Json] = {}
    # Not splitlines(): U+2028 and its like may stand inside a JSON string.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            values.update(_decode_line(line, number))
    return values


def decode_text(text: str) -> Json:
    """A value that a person typed: JSON where `text` is JSON (`5`, `true`, `[1, 2]`), else the text itself.

    NaN, Infinity and numbers too large for a float are no JSON, so they stay text.
    """
    try:
        return _loads(text)
    except (ValueError, RecursionError):
        return text


def encode(values: Mapping[str, Json]) -> str:
    r"""One line of compact ASCII JSON that `decode_lines` reads back exactly.

    Every `{{` is written `{\u007b`: Argo evaluates `{{=...}}` wherever it finds it, in data as well.

    Raises:
        ValueError: a value is NaN, infinite, or refers to itself.
        TypeError: a value is not JSON.
    """
    text = json.dumps(values, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("{{", "{\\u007b")


def _decode_line(line: str, number: int) -> dict[str, Json]:
    try:
        document = _loads(line)
    except RecursionError:
        raise BadInput(f"line {number} of the inputs is nested too deeply") from None
    except ValueError as error:
        raise BadInput(f"line {number} of the inputs is not JSON: {error}") from None
    match document:
        case dict():
            return document
        case [str() as name, str() as typed]:
            return {name: decode_text(typed)}
        case _:
            raise BadInput(f"line {number} of the inputs is neither an object nor an array of a name and a text")


def _loads(text: str) -> Json:
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:40]} is too large for a number")
    return number
