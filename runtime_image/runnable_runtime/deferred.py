"""Dataclasses whose methods are made when a class is first used: of the classes that a command loads, it uses few.

`dataclasses.dataclass` writes up to six methods for each class and compiles them when the module is imported. Here
`dataclass` gives a class its slots at once, and calls the library's own at the first call of a method that it makes, or
when something asks for the fields. Nothing else differs, except that a mistake in a class shows then:
see docs/adr/0053-dataclasses-are-made-at-first-use.md.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")
_set = object.__setattr__

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, *, slots=False, **options):
        """As `dataclasses.dataclass`, which it is for classes without slots, where annotations are texts."""
        if cls is None:
            return partial(dataclass, slots=slots, **options)
        if not slots:
            return dataclasses.dataclass(**options)(cls)
        made = _with_slots(cls)
        if options.get("frozen"):
            made.__getstate__, made.__setstate__ = _state, _set_state
        _Unmade(made, cls, options)
        return made


def changed(one: T, **values: object) -> T:
    """As `dataclasses.replace`, for a class with slots that has no `__post_init__`, in half the time."""
    kind: Any = type(one)
    made: T = object.__new__(kind)
    for name in kind.__slots__:
        if name not in values:
            _set(made, name, getattr(one, name))
    for name, value in values.items():
        _set(made, name, value)
    return made


def make_all() -> None:
    """Make the methods of all classes that are there, before a process forks: each fork would make them for itself."""
    while _UNMADE:
        _UNMADE.pop().make()


_LOCK = threading.RLock()
# No fork has a class that another thread was making.
os.register_at_fork(before=_LOCK.acquire, after_in_parent=_LOCK.release, after_in_child=_LOCK.release)
_UNMADE: list[_Unmade] = []
_ATTRIBUTES = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
_NOT_FIELDS = ("ClassVar", "InitVar", "KW_ONLY")


class _Unmade:
    """A class whose methods are still to be made: of `written`, which is the class without slots.

    Until then stand-ins are in their places. A thread that meets one waits for the thread that makes the methods.
    """

    def __init__(self, cls: type, written: type, options: Mapping[str, bool]) -> None:
        self.cls, self.options = cls, options
        self.written: type | None = written
        self.names = [name for name in _methods(options) if name not in cls.__dict__]
        for name in self.names:
            setattr(cls, name, _method(self, name))
        for name in _ATTRIBUTES:
            setattr(cls, name, _Attribute(self, name))
        _UNMADE.append(self)

    def make(self) -> None:
        """Put the methods in place. The first of several threads does."""
        with _LOCK:
            if self.written is None:
                return
            made: type = dataclasses.dataclass(slots=True, **self.options)(self.written)
            for name in (*self.names, *_ATTRIBUTES):
                setattr(self.cls, name, made.__dict__[name])
            self.written = None


def _methods(options: Mapping[str, bool]) -> Iterator[str]:
    """What the standard library's decorator makes with these options."""
    if options.get("init", True):
        yield "__init__"
    if options.get("repr", True):
        yield "__repr__"
    if options.get("eq", True):
        yield from ("__eq__", "__hash__")
    if options.get("order"):
        yield from ("__lt__", "__le__", "__gt__", "__ge__")
    if options.get("frozen"):
        yield from ("__setattr__", "__delattr__")


def _method(unmade: _Unmade, name: str) -> Callable[..., Any]:
    def method(self: object, *args: Any, **kwargs: Any) -> Any:
        unmade.make()
        return getattr(unmade.cls, name)(self, *args, **kwargs)

    return method


class _Attribute:
    """An attribute of the class that the decorator sets, for whoever asks before."""

    def __init__(self, unmade: _Unmade, name: str) -> None:
        self.unmade, self.name = unmade, name

    def __get__(self, instance: object, owner: type) -> Any:
        self.unmade.make()
        return getattr(owner, self.name)


def _with_slots(cls: type) -> type:
    """The class again, with slots for its fields, which leave no place for defaults."""
    bases = [base for base in reversed(cls.__mro__[1:]) if "__dataclass_fields__" in base.__dict__]
    own = _fields(cls)
    names = dict.fromkeys([*(name for base in bases for name in _fields(base)), *own])
    inherited = {name for base in cls.__mro__[1:] for name in _slots(base)}
    left_out = ("__dict__", "__weakref__", *own)
    namespace = {name: value for name, value in cls.__dict__.items() if name not in left_out}
    namespace["__slots__"] = tuple(name for name in names if name not in inherited)
    made = type(cls)(cls.__name__, cls.__bases__, namespace)
    made.__qualname__ = cls.__qualname__
    return made


def _fields(cls: type) -> list[str]:
    """The names of the fields that the class itself has."""
    return [name for name, text in inspect.get_annotations(cls).items() if not text.startswith(_NOT_FIELDS)]


def _slots(base: type) -> tuple[str, ...]:
    found = base.__dict__.get("__slots__", ())
    return (found,) if isinstance(found, str) else tuple(found)


def _state(self: Any) -> list[Any]:
    """Of an object with slots that cannot be changed: how it is pickled and copied."""
    return [getattr(self, name) for name in self.__dataclass_fields__]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__dataclass_fields__, state, strict=True):
        object.__setattr__(self, name, value)
