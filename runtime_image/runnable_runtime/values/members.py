"""The members of classes that are written as JSON objects: dataclasses, attrs classes, typed dictionaries, tuples."""

from __future__ import annotations

import sys
import typing
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from runnable_runtime.deferred import dataclass
from runnable_runtime.fieldwise import annotations_of


@dataclass(frozen=True, slots=True)
class Member:
    """One field. `key` is the constructor's argument for it, empty if it has none; `needed`: that has no default."""

    name: str
    hint: object
    key: str
    needed: bool


def is_structured(kind: object) -> bool:
    """Whether objects of `kind` are written as JSON objects of their fields (pydantic's write themselves)."""
    return (
        isinstance(kind, type)
        and not hasattr(kind, "__pydantic_serializer__")
        and (hasattr(kind, "__dataclass_fields__") or any("__attrs_attrs__" in base.__dict__ for base in kind.__mro__))
    )


def members_of(annotation: object) -> list[Member]:
    """The fields of a dataclass or attrs class, with the type arguments of `annotation` put into their hints."""
    kind: Any = typing.get_origin(annotation) or annotation
    hints = hints_of(annotation)
    if hasattr(kind, "__dataclass_fields__"):
        import dataclasses

        nothing = (dataclasses.MISSING, dataclasses.MISSING)
        return [
            Member(f.name, hints.get(f.name, Any), f.name if f.init else "", (f.default, f.default_factory) == nothing)
            for f in dataclasses.fields(kind)
        ]
    attributes: Any = kind.__attrs_attrs__
    empty = sys.modules["attr"].NOTHING
    return [
        Member(a.name, hints.get(a.name, Any), (a.alias or a.name) if a.init else "", a.default is empty)
        for a in attributes
    ]


def hints_of(annotation: object) -> dict[str, object]:
    """The annotations of a class's fields, by name, with the type arguments of `annotation` put in.

    Names that only type checkers know are left out.
    """
    kind: Any = typing.get_origin(annotation) or annotation
    known = _bound(annotation, {})
    return {name: substituted(hint, known) for name, hint in _resolved(kind).items()}


def _resolved(kind: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(kind, include_extras=True)
    except Exception:
        found: dict[str, Any] = {}
        for base in reversed(kind.__mro__):
            scope = vars(sys.modules[base.__module__]) if base.__module__ in sys.modules else {}
            for name, hint in annotations_of(base).items() if base is not object else ():
                holder = SimpleNamespace(__annotations__={name: hint})
                try:
                    found |= typing.get_type_hints(holder, globalns=scope, include_extras=True)
                except Exception:  # this one is left out
                    found.pop(name, None)
        return found


def _bound(annotation: object, around: Mapping[object, object]) -> dict[object, object]:
    """What stands for each type variable of a class and of its bases."""
    kind: Any = typing.get_origin(annotation) or annotation
    given = [substituted(argument, around) for argument in typing.get_args(annotation)]
    known: dict[object, object] = dict(zip(getattr(kind, "__parameters__", ()), given, strict=False))
    for base in getattr(kind, "__orig_bases__", ()):
        if typing.get_origin(base) not in (None, typing.Generic, typing.Protocol):
            known |= {name: value for name, value in _bound(base, known).items() if name not in known}
    return known


def substituted(hint: object, known: Mapping[object, object]) -> object:
    """`hint` with its type variables replaced; those that nothing stands for may be anything."""
    if isinstance(hint, typing.TypeVar):
        return known.get(hint, Any)
    parameters = getattr(hint, "__parameters__", ()) if typing.get_origin(hint) is not None else ()
    if not parameters:
        return hint
    try:
        return hint[tuple(known.get(parameter, Any) for parameter in parameters)]  # type: ignore[index]
    except TypeError:
        return hint
