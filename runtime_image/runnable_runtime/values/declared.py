"""Declared parameters: the text that a person or a CI system gives, as the type that the parameter has.

A type is reduced to a *kind*, which a manifest can name, so that a text means the same wherever it is given:

    str      the text itself: of str, and of classes whose form is a text (dates, paths, UUIDs, enumerations of texts)
    int, float, bool
    json     JSON where the text is JSON, else the text: of everything else

With a ``?`` the text ``null`` is None.
"""

from __future__ import annotations

import json
import math
import re
import types
import typing
from enum import Enum

from runnable_runtime.deferred import pattern
from runnable_runtime.protocol import Json
from runnable_runtime.values.annotations import alternatives, is_union, plain_annotation
from runnable_runtime.values.modelled import wants_pydantic
from runnable_runtime.values.scalars import Mismatch, json_text, to_bool, to_float, to_int
from runnable_runtime.values.single import single_of
from runnable_runtime.values.texts import decode_text

ANY = "json"
_ESCAPED = pattern(r'".*\\.*"', re.DOTALL)


def kind_of(annotation: object) -> str:
    """The kind of an annotation."""
    members = alternatives(annotation)
    if len(members) != 1:
        return ANY
    kind = _kind(members[0])
    plain = plain_annotation(annotation)
    optional = is_union(plain) and types.NoneType in typing.get_args(plain)
    return f"{kind}?" if optional and kind != ANY else kind


def _kind(annotation: object) -> str:
    if typing.get_origin(annotation) is typing.Literal:
        return _kind_of_values(typing.get_args(annotation))
    if not isinstance(annotation, type) or wants_pydantic(annotation):
        return ANY
    if annotation in (bool, int, float, str):
        return annotation.__name__
    if issubclass(annotation, Enum):
        return _kind_of_values(tuple(member.value for member in annotation))
    single = single_of(annotation)
    return "str" if single is not None and single.accepts == (str,) else ANY


def _kind_of_values(values: tuple[object, ...]) -> str:
    return "str" if values and all(isinstance(value, str) for value in values) else ANY


def decode_as(text: str, kind: str) -> Json:
    """The value that `text` is as a `kind`. Raises Mismatch."""
    base = kind.removesuffix("?")
    if base != kind and text == "null":
        return None
    return _decode_text(text) if base == "str" else value_as(text if base != ANY else decode_text(text), base)


def value_as(value: Json, kind: str) -> Json:
    """A JSON value as a `kind`; None and what is of no kind stay as they are. Raises Mismatch."""
    base = kind.removesuffix("?")
    if value is None or base == ANY:
        return value
    if base == "str":
        return json_text(value)
    if base == "bool":
        return to_bool(value)
    if isinstance(value, bool):
        raise Mismatch("it is a boolean")
    if base == "int":
        return to_int(value)
    if base == "float":
        number = to_float(value)
        if not math.isfinite(number):
            raise Mismatch("it is not finite")
        return number
    raise Mismatch(f"there is no kind {kind!r}")


def text_as(value: Json, kind: str, *, plain: bool) -> str:
    """The text that `decode_as` reads back as `value`; `plain`: it may be there as it is."""
    if kind.removesuffix("?") != "str" or not isinstance(value, str):
        return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    if plain and not _ESCAPED.fullmatch(value) and (kind == "str" or value != "null"):
        return value
    text = json.dumps(value, ensure_ascii=True)
    return text if "\\" in text else f'"\\u{ord(value[0]):04x}{text[2:]}' if value else text


def _decode_text(text: str) -> str:
    """The text itself. Where it is written as a JSON string with escapes, since it has what cannot be typed, that."""
    if _ESCAPED.fullmatch(text):
        try:
            found = json.loads(text)
        except ValueError:
            return text
        return found if isinstance(found, str) else text
    return text
