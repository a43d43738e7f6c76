"""What was given in the place of something else, in messages about it."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any

from runnable.sdk.pipeline import Pipeline, Step

_MOST_ITEMS = 3
_LONGEST = 80
"""Characters of a value as Python shows it."""


def shown(value: object) -> str:
    """`value` as its author thinks of it, on one line: steps by their names, the rest as Python shows it, cut."""
    match value:
        case Step():
            return f"the {type(value).__name__} {value.name!r}"
        case Pipeline():
            return "a Pipeline"
        case FunctionType():
            return f"the function {value.__name__!r}"
        case type():
            return f"the class {value.__name__}"
        case list() | tuple():
            begin, end = "[]" if isinstance(value, list) else "()"
            return f"{begin}{_some([shown(item) for item in value[:_MOST_ITEMS]], len(value))}{end}"
        case Mapping():
            first = [f"{key!r}: {shown(value[key])}" for key in list(value)[:_MOST_ITEMS]]
            return f"{{{_some(first, len(value))}}}"
        case _ if type(value).__repr__ is object.__repr__:
            return f"an object of the class {type(value).__name__}"
        case _:
            text = " ".join(repr(value).split())
            return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _some(items: list[str], count: int) -> str:
    return ", ".join([*items, *(["..."] if count > len(items) else [])])


def pipeline_of(value: Any) -> str:
    """How to make a pipeline of what was given in the place of one; empty if that is not clear."""
    match value:
        case Step():
            return "add .as_pipeline() to it"
        case [Step(), *_]:
            return "make a pipeline of them: Pipeline(steps=[...])"
        case FunctionType():
            return f"PythonTask(name=..., function={value.__name__}).as_pipeline() runs it"
        case _:
            return ""
