"""The schema of a pod's spec, as the models of the library `kubernetes` have it, and what in a fragment is not of it.

Its models say by name which fields an object has and of which types, and refuse to be made without those that are
needed. The library is loaded where there is a fragment, and not before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from runnable.diagnostics.wording import did_you_mean
from runnable_runtime.deferred import pattern
from runnable_runtime.protocol import Json

ROOT = "V1PodSpec"
_NESTED = pattern(r"(list|dict)[\[(](?:str, )?(.+)[\])]")
_NEEDED = pattern(r"Invalid value for `(\w+)`, must not be `None`")
_QUANTITIES = ("limits", "requests", "overhead")
"""Fields whose values are quantities, which may be whole numbers."""
_SCALARS: dict[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "a text"),
    "datetime": ((str,), "a text"),
    "bool": ((bool,), "true or false"),
    "int": ((int,), "a whole number"),
    "float": ((int,), "a whole number"),
    "object": ((str, int), "a text or a whole number"),
}


class Mistake(NamedTuple):
    """What is wrong with a fragment: at which path in it, as ``containers[0].env[1].name``, and what to do."""

    at: str
    reason: str
    instead: str = ""


def shown(value: object) -> str:
    """A value in a message, not too much of it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def outside_schema(fragment: Json, kind: str = ROOT, at: str = "") -> Iterator[Mistake]:
    """What of `fragment`, which is of the type `kind` of the schema, is none: fields, types, what is missing."""
    if fragment is None:
        yield Mistake(at, "has no value", "an empty mapping is {}, an empty list []")
    elif nested := _NESTED.fullmatch(kind):
        yield from _several(fragment, nested[1], nested[2], at)
    elif scalar := _SCALARS.get(kind):
        types, words = scalar
        quantity = at.rpartition(".")[0].endswith(_QUANTITIES)
        right = isinstance(fragment, (*types, int) if quantity else types)
        if not right or (isinstance(fragment, bool) and kind != "bool"):
            instead = f'write it as a text: "{fragment}"' if kind == "str" and isinstance(fragment, int | float) else ""
            yield Mistake(at, f"is {words}, not {shown(fragment)}", instead)
    else:
        yield from _object(fragment, kind, at)


def _several(fragment: Json, kind: str, inner: str, at: str) -> Iterator[Mistake]:
    if kind == "list":
        if not isinstance(fragment, list):
            yield Mistake(at, f"is a list, not {shown(fragment)}")
            return
        for index, item in enumerate(fragment):
            yield from outside_schema(item, inner, f"{at}[{index}]")
    elif not isinstance(fragment, dict):
        yield Mistake(at, f"is a mapping, not {shown(fragment)}")
    else:
        for key, item in fragment.items():
            yield from outside_schema(item, inner, f"{at}.{key}")


def _object(fragment: Json, kind: str, at: str) -> Iterator[Mistake]:
    from kubernetes.client import models

    model: Any = getattr(models, kind)
    if not isinstance(fragment, dict):
        yield Mistake(at, f"is a mapping, not {shown(fragment)}")
        return
    names = {written: name for name, written in model.attribute_map.items()}
    wrong = False
    for key, item in fragment.items():
        inside = f"{at}.{key}" if at else str(key)
        if key not in names:
            wrong = True
            yield Mistake(inside, "is no field there", did_you_mean(str(key), names, "fields") or "")
        else:
            yield from outside_schema(item, model.openapi_types[names[key]], inside)
    if not wrong and kind != ROOT:
        yield from _incomplete(model, {names[key]: item for key, item in fragment.items()}, at)


def _incomplete(model: Any, values: dict[str, Json], at: str) -> Iterator[Mistake]:
    try:
        model(**values)
    except ValueError as error:
        found = _NEEDED.search(str(error))
        yield Mistake(at, f"needs the field {model.attribute_map[found[1]]!r}" if found else str(error))
