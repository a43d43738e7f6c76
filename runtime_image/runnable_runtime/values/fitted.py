"""A value as the type that a parameter is declared with: what travels, and what a function gets of it."""

from __future__ import annotations

from enum import Enum

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.values.conversion import convert
from runnable_runtime.values.declared import value_as
from runnable_runtime.values.encoding import to_json
from runnable_runtime.values.scalars import Mismatch


@dataclass(frozen=True, slots=True)
class Fitted:
    """`value` is the JSON that travels, `made` what an argument that is annotated as the parameter gets."""

    value: Json
    made: object


def fitted(value: Json, annotation: object, kind: str, name: str) -> Fitted:
    """The JSON `value` of the parameter `name` as an `annotation`, whose kind is `kind`. Raises Mismatch."""
    value = value_as(value, kind)
    try:
        made = convert(value, annotation, name)
    except Mismatch:
        raise
    except Exception as error:  # of a constructor of the user's
        raise Mismatch(f"{type(error).__name__}: {error}") from None
    return Fitted(to_json(made, name, annotation) if isinstance(made, Enum) else value, made)
