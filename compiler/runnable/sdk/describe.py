"""How a value of a user's file is named in messages."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType

_MOST_ITEMS = 3
_LONGEST = 80
"""Characters of a value as Python shows it."""


class Described:
    """An object that says itself how messages name it."""

    __slots__ = ()

    def described(self) -> str:
        """A few words for the middle of a sentence, such as "the Stub 'load'"."""
        return f"a {type(self).__name__}"


def shown(value: object) -> str:
    """`value` as its author thinks of it, on one line: steps by their names, the rest as Python shows it, cut."""
    match value:
        case Described():
            return value.described()
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
