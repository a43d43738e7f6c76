"""Values that are known only at run time, in the place of JSON values."""

from __future__ import annotations

from collections.abc import Iterator

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is known only at run time. `source` says who gives it: ``'list' returns it``."""

    source: str


def unknown_in(value: Json) -> Iterator[Unknown]:
    """The unknown values in a value: itself, or in lists and mappings."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from unknown_in(item)


def is_known(value: Json) -> bool:
    """Whether nothing in a value is unknown."""
    return next(unknown_in(value), None) is None


OPEN = Unknown("it is given when the workflow is submitted")
