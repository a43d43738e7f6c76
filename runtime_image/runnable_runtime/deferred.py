"""Dataclasses whose methods are made when a class is used: a command uses few of the classes that it loads, and seldom.

`dataclasses.dataclass` writes up to six methods for each class and compiles them when the module is imported, a
millisecond each. Here `dataclass` gives a class its slots at once, and

- reads its fields at its first use, and gives it methods that go by them, which need no text;
- calls the library's own when it has been used often, or for something that these methods do not do.

Nothing else differs, except that a mistake in a class shows then: see
docs/adr/0053-dataclasses-are-made-at-first-use.md and docs/adr/0055-methods-without-text.md.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from runnable_runtime import fieldwise

T = TypeVar("T")
_set = object.__setattr__

if TYPE_CHECKING:
    import inspect
    from dataclasses import dataclass as dataclass

    pattern = re.compile
else:

    class pattern:
        """As `re.compile`, which is called at the first use."""

        __slots__ = ("_given", "findall", "finditer", "fullmatch", "match", "search", "split", "sub")

        def __init__(self, *given):
            self._given = given

        def __getattr__(self, name):
            made = re.compile(*self._given)
            for one in self.__slots__[1:]:
                setattr(self, one, getattr(made, one))
            return getattr(made, name)

    def dataclass(cls=None, /, *, slots=False, **options):
        """As `dataclasses.dataclass`, which it is for classes without slots, where annotations are texts."""
        if cls is None:
            return partial(dataclass, slots=slots, **options)
        if not slots:
            import dataclasses

            return dataclasses.dataclass(**options)(cls)
        return _Unmade(cls, options).cls


def make(cls: type) -> None:
    """Have the library make the methods of a class: what is asked for its signature needs them."""
    if (unmade := _UNMADE.get(cls)) is not None:
        unmade.make()


def begin_all() -> None:
    """Have all classes ready to make objects, before a process forks: each fork would do it for itself."""
    for unmade in list(_UNMADE.values()):
        if "__init__" in unmade.names:
            unmade.begin("__init__")


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


_LOCK = threading.RLock()
# No fork has a class that another thread was making.
os.register_at_fork(before=_LOCK.acquire, after_in_parent=_LOCK.release, after_in_child=_LOCK.release)
_UNMADE: dict[type, _Unmade] = {}
_ATTRIBUTES = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
_NOT_FIELDS = ("ClassVar", "InitVar", "KW_ONLY")


class _Unmade:
    """A class whose methods are still to be made: of `written`, which is the class without slots.

    Until one is used a stand-in is in its place. A thread that meets it waits for the thread that puts another there.
    """

    def __init__(self, written: type, options: Mapping[str, bool]) -> None:
        self.options = options
        self.written: type | None = written
        self.frozen = options.get("frozen", False)
        namespace = _with_slots(written)
        if self.frozen and namespace.get("__hash__", self) is None:  # as Python has it where only equality is written
            del namespace["__hash__"]
        self.names = [name for name in _methods(options) if name not in namespace]
        for name in self.names:
            namespace[name] = _StandIn(self, name)
        if "__hash__" in self.names and not self.frozen:
            namespace["__hash__"] = None
        for name in _ATTRIBUTES:
            namespace[name] = _StandIn(self, name)
        if not hasattr(type(written), "__signature__"):
            namespace["__signature__"] = _Signature(self)
        if self.frozen:
            namespace["__getstate__"], namespace["__setstate__"] = _state, _set_state
        self.cls: Any = type(written)(written.__name__, written.__bases__, namespace)
        self.cls.__qualname__ = written.__qualname__
        self.begun: set[str] = set()
        _UNMADE[self.cls] = self

    @cached_property
    def fields(self) -> list[fieldwise.Plain] | None:
        """Its fields, its bases' first; None if it has others than the library alone knows to treat."""
        assert self.written is not None
        return fieldwise.plain_fields(self.cls, self.written, self.options.get("kw_only", False), _fields_of)

    def begin(self, name: str) -> None:
        """Put what needs no text in the place of a stand-in: the library's methods, where that does not do."""
        with _LOCK:
            if self.written is None or name in self.begun:
                return
            if (made := self.without_text(name)) is None:
                self.make()
            else:
                setattr(self.cls, name, made)
                self.begun.add(name)

    def make(self) -> None:
        """Put the library's methods in place. The first of several threads does."""
        with _LOCK:
            if self.written is None:
                return
            import dataclasses

            made: type = dataclasses.dataclass(slots=True, **self.options)(self.written)
            for name in (*self.names, *_ATTRIBUTES):
                setattr(self.cls, name, made.__dict__[name])
            if "__signature__" in self.cls.__dict__:
                del self.cls.__signature__
            self.written = None
            del _UNMADE[self.cls]

    def without_text(self, name: str) -> Any:
        """A method, or an attribute, that goes by the fields; None if there is none that needs no text."""
        fields = self.fields
        if fields is None or self.written is None:
            return None
        if name == "__match_args__":
            return tuple(one.name for one in fields if one.init and not one.kw_only)
        if name == "__dataclass_fields__":
            return fieldwise.library_fields(self.cls, self.written, self.options.get("kw_only", False))
        return fieldwise.method(name, self.cls, fields, self.make)


def _fields_of(cls: type) -> list[fieldwise.Plain] | None:
    return _UNMADE[cls].fields if cls in _UNMADE else None


@cache
def _methods_of(init: bool, representation: bool, eq: bool, order: bool, frozen: bool) -> tuple[str, ...]:
    return (
        *(["__init__"] if init else []),
        *(["__repr__"] if representation else []),
        *(["__eq__", "__hash__"] if eq else []),
        *(["__lt__", "__le__", "__gt__", "__ge__"] if order else []),
        *(["__setattr__", "__delattr__"] if frozen else []),
    )


def _methods(options: Mapping[str, bool]) -> tuple[str, ...]:
    """What the standard library's decorator makes with these options."""
    get = options.get
    return _methods_of(get("init", True), get("repr", True), get("eq", True), get("order", False), get("frozen", False))


class _StandIn:
    """What is in the place of a method, or of an attribute of the class, until somebody asks for it.

    It is one object for each, and no function: there are a thousand, of which a command uses a hundred.
    """

    __slots__ = ("name", "unmade")

    def __init__(self, unmade: _Unmade, name: str) -> None:
        self.unmade, self.name = unmade, name

    def __get__(self, instance: object, owner: type) -> Any:
        self.unmade.begin(self.name)
        made = getattr(self.unmade.cls, self.name)
        return made if instance is None or not hasattr(made, "__get__") else made.__get__(instance, owner)


class _Signature:
    """What `help` shows that a class takes, which its constructor does not say until the library has made it."""

    def __init__(self, unmade: _Unmade) -> None:
        self.unmade = unmade

    def __get__(self, instance: object, owner: type) -> inspect.Signature:
        import inspect

        self.unmade.make()
        shown = inspect.signature(owner)
        setattr(owner, "__signature__", shown)  # noqa: B010 - who has found it once looks for it there again
        return shown


# --- slots ---


def _with_slots(cls: type) -> dict[str, Any]:
    """What is in the class, with slots for its fields, which leave no place for defaults."""
    bases = [base for base in reversed(cls.__mro__[1:]) if "__dataclass_fields__" in base.__dict__]
    own = _names(cls)
    names = dict.fromkeys([*(name for base in bases for name in _names(base)), *own])
    inherited = {name for base in cls.__mro__[1:] for name in _slots(base)}
    left_out = ("__dict__", "__weakref__", *own)
    namespace = {name: value for name, value in cls.__dict__.items() if name not in left_out}
    namespace["__slots__"] = tuple(name for name in names if name not in inherited)
    return namespace


def _names(cls: type) -> list[str]:
    """The names of the fields that the class itself has."""
    return [name for name, text in fieldwise.annotations_of(cls).items() if not text.startswith(_NOT_FIELDS)]


def _slots(base: type) -> tuple[str, ...]:
    found = base.__dict__.get("__slots__", ())
    return (found,) if isinstance(found, str) else tuple(found)


def _state(self: Any) -> list[Any]:
    """Of an object with slots that cannot be changed: how it is pickled and copied."""
    return [getattr(self, name) for name in self.__dataclass_fields__]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__dataclass_fields__, state, strict=True):
        object.__setattr__(self, name, value)
