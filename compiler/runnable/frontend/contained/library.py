"""What a user's file may do with what Python and installed packages have: look at it, pass it on, and call a few.

All of it is loaded, so that it is known here what it is, under whatever name the file has it.
"""

from __future__ import annotations

import builtins
import dataclasses
import datetime
import functools
import logging
import os
import sys
import types
import typing
from abc import ABCMeta
from collections.abc import Iterable, Iterator
from enum import EnumType
from pathlib import Path
from typing import Any

from runnable.frontend.contained.kinds import Kind, Unknown

_LAZY = (enumerate, reversed, zip)
HOLDERS = (dict, frozenset, len, list, set, tuple, *_LAZY)
"""They do nothing with what is in what they are given."""
_MAKERS = (
    *(abs, all, any, bool, float, int, max, min, print, range, repr, round, sorted, str, sum),
    *(Path, datetime.date, datetime.datetime, datetime.time, datetime.timedelta),
    os.getenv,
)
"""They make something of what they are given, which cannot be changed, or is new."""
_REGISTRIES = (logging.getLogger,)
"""They keep what they make under its name, and give the same one again: it is not changed here."""
DATACLASS = getattr(dataclasses, "dataclass")  # noqa: B009 - it makes no class of ours
_FACTORIES = (bool, dict, float, frozenset, int, list, set, str, tuple)
_PLAIN = (bool, bytes, complex, float, int, str, type(None), type(...))
_CONTAINERS = (dict, frozenset, list, set, tuple)
_GENERIC = "__class_getitem__"
_MOST = 1000
_OF_VALUES = frozenset(
    {"__attrs_attrs__", "__dataclass_fields__", "__get_pydantic_core_schema__", "__pydantic_core_schema__", "_fields"}
)
"""What classes have whose objects are made of what is given for a parameter."""
_IMPORTING = ("ImportString", "PyObject")
"""Types of pydantic's whose values are imported."""
_PASSES_ON = frozenset({"_weakref", "unittest", "weakref"})
"""Modules of Python's with types that answer to whatever is asked of them."""


def kind(thing: object) -> Kind:
    """What may be done with a thing. Raises Unknown where not even looking at it is known to run nothing."""
    if type(thing) in _PLAIN:
        return Kind.MADE
    _see_passable(thing, iter(range(_MOST)))
    return Kind.SEEN


def _see_passable(thing: object, left: Iterator[int]) -> None:
    if next(left, None) is None or issubclass(type(thing), types.ModuleType):
        raise Unknown
    if type(thing) in _PLAIN:
        return
    if issubclass(type(thing), type):
        if (_is_made_of_values(thing) and not _is_of(thing, "pydantic")) or thing.__name__ in _IMPORTING:  # type: ignore[attr-defined]
            raise Unknown
    elif not _is_of(type(thing)) or _is_of(type(thing), *_PASSES_ON):
        raise Unknown
    for one in _shown_with(thing):
        _see_passable(one, left)


def _is_of(cls: object, *modules: str) -> bool:
    """Whether a class is one of these modules', or if none is named, of Python's library."""
    return str(getattr(cls, "__module__", "")).partition(".")[0] in (modules or sys.stdlib_module_names)


def _is_made_of_values(cls: object) -> bool:
    """Whether a class of a package's, by code of its own, makes objects of what is given for a parameter."""
    bases = type.mro(cls)  # type: ignore[arg-type]
    if _is_of(cls):
        return False
    is_derived = issubclass(type(cls), EnumType) or any(base in bases for base in _FACTORIES if base is not bool)
    return is_derived or any(not _OF_VALUES.isdisjoint(vars(base)) for base in bases)


def see_bound(thing: object) -> None:
    """See that a name may stand for a thing: whoever looks for pipelines asks what all names stand for.

    Raises Unknown for what answers for another thing.
    """
    asked = type(thing).__getattribute__
    plain = (object.__getattribute__, type.__getattribute__, types.ModuleType.__getattribute__)
    is_plain = any(asked is one for one in plain) and not any(
        "__class__" in vars(one) for one in type(thing).__mro__ if one not in (object, typing.Generic)
    )
    if _is_of(type(thing), *_PASSES_ON) or not (is_plain or _is_of(type(thing))):
        raise Unknown


def _shown_with(thing: object) -> Iterable[object]:
    """What is shown, or compared, where a thing of Python's is."""
    if isinstance(thing, types.MethodType):
        return (thing.__self__,)
    if isinstance(thing, functools.partial):
        return (thing.func, *thing.args, *thing.keywords.values())
    if isinstance(thing, dict):
        return (*thing, *thing.values())
    return tuple(thing) if isinstance(thing, _CONTAINERS) else ()


def attribute(thing: Any, name: str) -> object:
    """What a module or class has under a name, where asking for it runs nothing. Raises Unknown."""
    if type(thing) is types.ModuleType:
        found = vars(thing)
        if name in found:
            return found[name]
        if thing.__name__ == "pydantic" and name in found.get("__all__", ()):  # which finds them late
            return getattr(thing, name)
    elif type(thing) is EnumType and name in thing.__members__:
        return thing.__members__[name]
    elif type(thing) in (type, ABCMeta) and not hasattr(type, name):
        for one in type.mro(thing):
            if name in vars(one):
                return _given_by(thing, name, vars(one)[name])
    raise Unknown


def _given_by(cls: type, name: str, found: object) -> object:
    if type(found) is classmethod and type(found.__func__) is not types.FunctionType:  # it may be worked out
        raise Unknown
    if _is_of(type(found), "builtins") or not hasattr(type(found), "__get__"):
        return getattr(cls, name)
    raise Unknown


def item(thing: object, key: object) -> object:
    """What is in a thing. Raises Unknown."""
    if type(thing) in (dict, list, str, tuple):
        return thing[key]  # type: ignore[index]
    raise Unknown


def is_generic(thing: Any) -> bool:
    """Whether ``thing[...]`` only names a type."""
    if issubclass(type(thing), type):
        if type(thing) not in (type, ABCMeta):
            return False
        found = next((vars(one)[_GENERIC] for one in thing.__mro__ if _GENERIC in vars(one)), None)
        made = getattr(found, "__func__", found)
        is_of_python = type(found) is types.ClassMethodDescriptorType or made is types.GenericAlias
        return thing is type or is_of_python or getattr(made, "__module__", "") == "typing"
    return type(thing).__module__ in ("types", "typing")


def is_type(thing: object) -> bool:
    """Whether it is a type: ``thing | None`` only names one."""
    return issubclass(type(thing), type) or type(thing).__module__ in ("types", "typing")


def is_literal(thing: object) -> bool:
    """Whether what is in ``thing[...]`` are values."""
    return thing is typing.Literal


def is_base(thing: object) -> bool:
    """Whether a class that is made of this one is noted nowhere: it is Python's own, or pydantic's."""
    if thing is typing.NamedTuple or thing is typing.TypedDict:
        return True
    if not isinstance(thing, type) or issubclass(thing, type):
        return False
    return thing.__module__ in ("builtins", "enum", "pydantic.main", "pydantic.root_model", "typing")


def is_plain_base(thing: object) -> bool:
    """Whether nobody makes an object of a class that is made of this one while a file is loaded and compiled."""
    if thing is object or thing is typing.Protocol:
        return True
    return isinstance(thing, type) and issubclass(thing, BaseException) and thing.__module__ == "builtins"


def is_enumeration(thing: object) -> bool:
    """Whether objects of a class that is made of this one are there as soon as it is."""
    return issubclass(type(thing), EnumType)


def is_environment(thing: object) -> bool:
    """Whether it is where variables of the environment are."""
    return thing is os.environ


def is_lazy(thing: object) -> bool:
    """Whether it goes through what it is given later."""
    return any(thing is one for one in _LAZY)


def called(thing: object, most: Kind) -> Kind:
    """What a thing gives that is called with what is at `most` of a kind. Raises Unknown."""
    if any(thing is one for one in HOLDERS) and most is not Kind.SEEN:
        return most
    if any(thing is one for one in _MAKERS) and most is Kind.MADE:
        return Kind.MADE
    if any(thing is one for one in _REGISTRIES) and most is Kind.MADE:
        return Kind.SEEN
    raise Unknown


def is_declaring(thing: object) -> bool:
    """Whether it declares a field of a class, or how a class is."""
    pydantic = sys.modules.get("pydantic")
    late = [getattr(pydantic, name) for name in ("ConfigDict", "Field")] if pydantic else []
    return any(thing is one for one in (dataclasses.field, *late))


def is_factory(thing: object) -> bool:
    """Whether it is a type of Python's that makes an empty value."""
    return any(thing is one for one in _FACTORIES)


def builtin(name: str) -> object:
    """What Python has under a name. Raises Unknown."""
    if name in vars(builtins):
        return vars(builtins)[name]
    raise Unknown


def ours() -> list[str]:
    """The public names of this package, which is not imported here: what is below it imports nothing of it."""
    return [*vars(sys.modules["runnable"])["__all__"]]


def of_ours(name: str) -> object:
    """What this package has under one of them."""
    return getattr(sys.modules["runnable"], name)
