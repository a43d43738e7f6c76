"""Methods of a dataclass that go by its fields, so that no text has to be written and compiled for them.

They do what those of `dataclasses` do. Beginning an object takes three times as long, all else as long as theirs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import Field

_NONE = object()
"""In the place of a default that is not there."""
OFTEN = 300
"""Objects of a class after which it is worth while to have the library make its methods: a third of the time then."""


class Plain:
    """What is to be known of a field without the library; `make` gives its default, None if it has none."""

    __slots__ = ("compare", "init", "kw_only", "make", "name", "repr")

    def __init__(self, name: str, written: Any, kw_only: bool) -> None:
        self.name, self.kw_only = name, kw_only
        self.init = self.repr = self.compare = True
        self.make: Callable[[], Any] | None = None if written is _NONE else _constant(written)
        if type(written).__name__ == "Field" and isinstance(written, (library := _library()).Field):
            factory: Any = written.default_factory
            plain = None if written.default is library.MISSING else _constant(written.default)
            self.make = plain if factory is library.MISSING else factory
            self.init, self.repr, self.compare = written.init, written.repr, written.compare
            if isinstance(written.kw_only, bool):
                self.kw_only = written.kw_only


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value


def _library() -> Any:
    """`dataclasses`, which loads `inspect` and all that this loads: 6 ms."""
    import dataclasses

    return dataclasses


def annotations_of(cls: type) -> dict[str, str]:
    """Those of the class itself, which are texts."""
    found = cls.__dict__.get("__annotations__")  # noqa: RUF063 - `inspect` takes a while to load
    if isinstance(found, dict):
        return found
    if sys.version_info >= (3, 14):
        from annotationlib import get_annotations  # it may have them in another place

        return get_annotations(cls)
    return {}


def plain_fields(
    cls: type, written: type, kw_only: bool, of_base: Callable[[type], list[Plain] | None]
) -> list[Plain] | None:
    """The fields of a class, its bases' first; None if it has others than the library alone knows to treat.

    `cls` has slots for what `written` says; `of_base` gives those of a class that the library has not made yet.
    """
    own = annotations_of(written)
    if any(text.startswith(("InitVar", "KW_ONLY")) for text in own.values()):
        return None
    found: dict[str, Plain] = {}
    for base in reversed(cls.__mro__[1:]):
        known = of_base(base)
        if known is None:
            known = [Plain(one.name, one, kw_only) for one in _made_fields(base)]
        found |= {one.name: one for one in known}
    for name, text in own.items():
        if not text.startswith("ClassVar"):
            found[name] = Plain(name, written.__dict__.get(name, _NONE), kw_only)
    return list(found.values()) if all(_is_slot(cls, name) for name in found) else None


def _made_fields(base: type) -> tuple[Field[Any], ...]:
    return _library().fields(base) if hasattr(base, "__dataclass_fields__") else ()


def _is_slot(cls: type, name: str) -> bool:
    return isinstance(getattr(cls, name, None), MemberDescriptorType)


def library_fields(cls: type, written: type, kw_only: bool) -> dict[str, Field[Any]]:
    """The fields of a class as `dataclasses` has them, read of a class that has nothing else: no method is made."""
    named = annotations_of(written)
    bare = {name: written.__dict__[name] for name in named if name in written.__dict__}
    bare |= {"__annotations__": named, "__module__": written.__module__, "__doc__": "Of the fields alone."}
    found: dict[str, Field[Any]] = {}
    for base in reversed(cls.__mro__[1:]):
        found |= getattr(base, "__dataclass_fields__", {})
    reading = _library().dataclass(init=False, repr=False, eq=False, kw_only=kw_only)
    own = reading(type(written.__name__, (), bare))
    return {**found, **own.__dataclass_fields__}


def method(name: str, cls: Any, fields: list[Plain], make: Callable[[], None]) -> Any:
    """The method of that name of a class with these fields; None if there is none that does without text.

    `make` has the library make all methods.
    """
    match name:
        case "__init__":
            return _beginning(cls, fields, make)
        case "__repr__":
            return _representation([one.name for one in fields if one.repr])
        case "__eq__":
            return _equality(_values([one.name for one in fields if one.compare]))
        case "__hash__":
            return _hash(_values([one.name for one in fields if one.compare]))
        case "__setattr__" | "__delattr__":
            return _refusal(cls, {one.name for one in fields}, name)
        case _:
            return None


def _equality(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, Any], Any]:
    return lambda self, other: values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], int]:
    return lambda self: hash(values(self))


def _representation(names: list[str]) -> Callable[[Any], str]:
    import reprlib

    @reprlib.recursive_repr()
    def represented(self: Any) -> str:
        return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return represented


def _refusal(cls: Any, names: set[str], method: str) -> Callable[..., None]:
    what = "assign to" if method == "__setattr__" else "delete"

    def refuse(self: Any, name: str, *value: Any) -> None:
        if type(self) is cls or name in names:
            raise _library().FrozenInstanceError(f"cannot {what} field {name!r}")
        getattr(super(cls, self), method)(name, *value)

    return refuse


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that gives these attributes of an object, as one value."""
    if not names:
        return lambda self: ()
    if len(names) == 1:
        get = attrgetter(names[0])
        return lambda self: (get(self),)
    return attrgetter(*names)


def _beginning(cls: Any, fields: list[Plain], make: Callable[[], None]) -> Callable[..., None]:
    """An `__init__` that goes by the fields; the library's takes its place when it is called often or wrongly."""
    after, begun = hasattr(cls, "__post_init__"), 0
    asked = [one for one in fields if one.init]
    asked = [one for one in asked if not one.kw_only] + [one for one in asked if one.kw_only]
    taken = [(getattr(cls, one.name).__set__, one.name, one.make) for one in asked]
    by_position = [getattr(cls, one.name).__set__ for one in asked if not one.kw_only]
    unasked = [(getattr(cls, one.name).__set__, one.make) for one in fields if not one.init and one.make]

    def begin(self: Any, *args: Any, **given: Any) -> None:
        nonlocal begun
        begun += 1
        if begun > OFTEN or len(args) > len(by_position) or not _taken(self, by_position, taken, args, given):
            make()
            cls.__init__(self, *args, **given)
            return
        for set_value, default in unasked:
            set_value(self, default())
        if after:
            self.__post_init__()

    return begin


def _taken(
    self: Any,
    by_position: list[Callable[[Any, Any], None]],
    fields: list[tuple[Callable[[Any, Any], None], str, Callable[[], Any] | None]],
    args: tuple[Any, ...],
    given: Mapping[str, Any],
) -> bool:
    """Set the fields of an object to what it is given; whether that is neither too little nor too much."""
    for set_value, value in zip(by_position, args):  # noqa: B905 - there may be fewer
        set_value(self, value)
    named = 0
    for set_value, name, make in fields[len(args) :]:
        if name in given:
            set_value(self, given[name])
            named += 1
        elif make is None:
            return False
        else:
            set_value(self, make())
    return named == len(given)
