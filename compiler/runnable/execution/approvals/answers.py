"""What a person gives with an approval: texts, by name, as the values that are asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping

from runnable.diagnostics.wording import did_you_mean, listed
from runnable.ir.nodes import Declaration
from runnable_runtime.protocol import Json
from runnable_runtime.values.conversion import Mismatch
from runnable_runtime.values.declared import decode_as


class BadAnswer(ValueError):
    """An answer that cannot be one, or is missing; the text says why."""


def answer(one: Declaration, text: str) -> Json:
    """The value that `text` is. Raises BadAnswer."""
    try:
        value = decode_as(text, one.kind)
    except Mismatch as mismatch:
        raise BadAnswer(f"{one.name} is {one.type}, not {text!r}: {mismatch}") from None
    if one.choices and value not in one.choices and not (value is None and one.has_default and one.default is None):
        choices = listed([json.dumps(choice, ensure_ascii=False) for choice in one.choices])
        raise BadAnswer(f"{one.name} is one of {choices}, not {text!r}")
    return value


def answers(asked: tuple[Declaration, ...], given: Mapping[str, str]) -> dict[str, Json]:
    """The value of each answer: as given, or its default. Raises BadAnswer, also for one that is not asked for."""
    known = [one.name for one in asked]
    for name in given:
        if name not in known:
            raise BadAnswer(f"{name!r} is not asked for: {did_you_mean(name, known) or 'nothing is'}")
    found: dict[str, Json] = {}
    for one in asked:
        if one.name in given:
            found[one.name] = answer(one, given[one.name])
        elif one.has_default:
            found[one.name] = one.default
        else:
            raise BadAnswer(f"{one.name} ({one.type}) has to be given: -p {one.name}=...")
    return found
