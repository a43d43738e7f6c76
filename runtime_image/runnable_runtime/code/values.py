"""Digests of values that are the same in every process: of data, containers and instances of any class.

An instance is described as `pickle` would save it (`__reduce_ex__`), without being pickled: so it has the class and the
state that make it what it is, whatever library it is of. Code that a value holds is left to `Code`. What cannot be
described so, such as an open connection, raises `Unknown`.
"""

from __future__ import annotations

import collections.abc
import copyreg
import enum
import functools
import io
import sys
import threading
import types
import typing
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from pathlib import PurePath
from typing import Any, Protocol

from runnable_runtime.code.sources import Sources
from runnable_runtime.digests import blake2b

_ATOMS = (type(None), bool, int, float, complex, bytes, type(...), type(NotImplemented))
_PLAIN = frozenset({*_ATOMS, str})
_MANY = 64
_MOST = 100_000
"""How many values are described for one task, at most; texts and numbers in a list count as one."""
_INERT = frozenset(
    {
        *("_thread.lock", "_thread.RLock", "threading.Event", "threading.Condition", "threading.Semaphore"),
        *("asyncio.locks.Lock", "asyncio.locks.Event", "asyncio.locks.Condition", "asyncio.locks.Semaphore"),
        *("logging.Handler", "logging.Logger", "concurrent.futures._base.Executor"),
        "pydantic._internal._namespace_utils.NsResolver",
        *("builtins.member_descriptor", "builtins.getset_descriptor"),
    }
)
"""Classes of what steers or reports a computation, and does not change what it returns; so are their subclasses."""
_TYPING = ("__origin__", "__args__", "__metadata__", "__supertype__", "__value__", "__forward_arg__", "__bound__")


class Unknown(Exception):
    """What a value is cannot be known; the text says of which kind it is."""


class Code(Protocol):
    """What knows functions, classes and modules."""

    def code(self, value: object) -> str | None:
        """What stands for `value` in a digest, if it is code; None if it is not."""
        ...

    def text(self, text: str) -> None:
        """A text has been met, which may name a file."""
        ...

    @property
    def met(self) -> int:
        """How much code and how many texts have been met until now."""
        ...


class Values:
    """Makes digests for one task."""

    def __init__(self, sources: Sources, code: Code) -> None:
        self._sources = sources
        self._code = code
        self._known: dict[int, tuple[object, bytes]] = {}
        self._open: dict[int, int] = {}
        """Ids of the values that are being described, outermost first, with their depths: a value may hold itself."""
        self._back: list[int] = []
        """For each of these, the depth of the outermost one that it refers back to."""
        self._left = _MOST

    def of(self, value: object) -> bytes:
        """The digest of `value`. Raises Unknown."""
        kind = type(value)
        if kind in _ATOMS:
            return _digest(kind.__name__, repr(value).encode())
        if isinstance(value, str) and kind is str:
            self._code.text(value)
            return _digest("str", self._sources.shortened(value).encode("utf-8", "surrogatepass"))
        if isinstance(value, types.FunctionType | type | types.ModuleType):
            return _digest("code", (self._code.code(value) or "").encode("utf-8", "surrogatepass"))
        if (known := self._known.get(id(value)) or self._sources.values.get(id(value))) is not None:
            return known[1]
        if id(value) in self._open:
            self._back[-1] = min(self._back[-1], self._open[id(value)])
            return _digest("back", str(len(self._open) - self._open[id(value)]).encode())
        return self._entered(value)

    def _entered(self, value: object) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise Unknown("more than is looked through")
        depth, met = len(self._open), self._code.met
        self._open[id(value)] = depth
        self._back.append(depth)
        try:
            digest = self._described(value)
        finally:
            del self._open[id(value)]
            back = self._back.pop()
        if back < depth:  # what it is depends on where it was come from
            self._back[-1] = min(self._back[-1], back)
        elif self._code.met == met:
            self._sources.values[id(value)] = value, digest
        else:
            self._known[id(value)] = value, digest
        return digest

    def _described(self, value: Any) -> bytes:
        kind = type(value)
        if kind in (list, tuple, set, frozenset, dict) and (flat := _flat(value)) is not None:
            return flat
        if kind in (list, tuple):
            return self._all(kind.__name__, value)
        if kind is dict and "__builtins__" in value and (module := sys.modules.get(str(value.get("__name__")))):
            return self._all("globals", (module,))
        if kind in (set, frozenset):
            return _digest(kind.__name__, *sorted(map(self.of, value)))
        if kind is dict or isinstance(value, types.MappingProxyType):
            return self._all("dict", (one for pair in value.items() for one in pair))
        if (name := self._code.code(value)) is not None:
            return _digest("code", name.encode("utf-8", "surrogatepass"))
        return self._special(value)

    def _special(self, value: Any) -> bytes:
        kind: type = type(value)
        if _is_inert(kind) or _is_standard_stream(value):
            return _digest("inert", kind.__name__.encode())
        if isinstance(value, enum.Enum):
            state = {k: v for k, v in vars(value).items() if k not in ("_sort_order_", "__objclass__")}
            return self._all("enum", (kind, value.name, state))
        if isinstance(value, PurePath):
            return self._all("path", (kind, str(value)))
        if (inner := _inner(value)) is not None:
            return self._all(kind.__name__, inner)
        return self._instance(value)

    def _instance(self, value: Any) -> bytes:
        kind = type(value)
        inner = getattr(value, "__dict__", None)
        if isinstance(inner, dict) and isinstance(wrapped := inner.get("__wrapped__"), types.FunctionType | type):
            rest = {k: v for k, v in inner.items() if not k.startswith("__")}
            return self._all("wrapped", (kind, wrapped, rest))
        if kind.__module__.startswith("pydantic_core"):  # made of the class or function that it is a part of
            return _digest("inert", kind.__name__.encode())
        if kind.__module__.startswith("pydantic.") and kind.__name__ == "TypeAdapter":  # what it validates says it all
            return self._all("adapter", ((inner or {}).get(n) for n in ("_type", "_config")))
        try:
            reduced = _reduced(value)
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except BaseException as error:  # a class's own methods may raise anything
            raise Unknown(f"of the type {kind.__module__}.{kind.__qualname__}") from error
        if isinstance(reduced, str):
            return self._all("global", (kind, getattr(value, "__module__", None), reduced))
        described = [kind, *(list(part) if isinstance(part, Iterator) else part for part in reduced)]
        if self._hides(kind) and isinstance(inner, dict):
            described.append(inner)
        return self._all("instance", described)

    def _hides(self, kind: type) -> bool:
        """Whether a class of the user's says what of an instance is saved: a task may use more of it than that."""
        modules = (
            sys.modules.get(base.__module__)
            for base in kind.__mro__
            for name in ("__getstate__", "__reduce__", "__reduce_ex__")
            if isinstance(vars(base).get(name), types.FunctionType)
        )
        return any(self._sources.label(getattr(module, "__file__", None) or "") is not None for module in modules)

    def _all(self, kind: str, values: Iterable[object]) -> bytes:
        kept = list(values)  # so that no other value gets the id of one of them meanwhile
        return _digest(kind, *map(self.of, kept))


def _digest(kind: str, *contents: bytes) -> bytes:
    found = blake2b(kind.encode(), digest_size=16)
    for content in contents:
        found.update(b"%d:" % len(content))
        found.update(content)
    return found.digest()


def _flat(value: Any) -> bytes | None:
    """The digest of many numbers, or of many texts that are too many to be the names of files."""
    if len(value) < _MANY or isinstance(value, set | frozenset):
        return None
    kinds = set(map(type, value))
    if isinstance(value, dict):
        kinds |= set(map(type, value.values()))
    if kinds <= _PLAIN and (str not in kinds or len(value) > 10 * _MANY):
        return _digest(type(value).__name__, repr(value).encode("utf-8", "surrogatepass"))
    return None


def _reduced(value: object) -> Any:
    reduce: Callable[[object], Any] | None = copyreg.dispatch_table.get(type(value))
    return reduce(value) if reduce is not None else value.__reduce_ex__(4)


def _inner(value: Any) -> tuple[object, ...] | None:
    """What a value of the language's own kinds consists of; None for one of another kind."""
    match value:
        case property():
            return value.fget, value.fset, value.fdel
        case classmethod() | staticmethod():
            return (value.__func__,)
        case functools.partial():
            return value.func, value.args, value.keywords
        case types.MethodType():
            return value.__func__, value.__self__
        case types.CellType():
            return _contents(value)
        case _ if _is_typing(value):
            return tuple(getattr(value, name, None) for name in _TYPING)
        case _:
            return _held(value)


def _held(value: Any) -> tuple[object, ...] | None:
    """What a value holds that belongs to a thread, or does not keep it alive; None for one of another kind."""
    match value:
        case weakref.ref():
            return (value(),)
        case weakref.WeakKeyDictionary() | weakref.WeakValueDictionary():
            return tuple(value.items())
        case ContextVar():
            return value.name, *_set(value)
        case threading.local():
            return type(value), vars(value)
        case collections.abc.KeysView() | collections.abc.ValuesView() | collections.abc.ItemsView():
            return (list(value),) if type(value).__module__ == "builtins" else None
        case _:
            return None


def _contents(cell: types.CellType) -> tuple[object, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:  # not filled yet
        return ()


def _set(variable: ContextVar[object]) -> tuple[object, ...]:
    """What it is set to, or its default."""
    try:
        return (variable.get(),)
    except LookupError:
        return ()


@functools.cache
def _is_inert(kind: type) -> bool:
    return not _INERT.isdisjoint(f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__)


def _is_typing(value: object) -> bool:
    return isinstance(value, types.GenericAlias | types.UnionType | typing.TypeVar | typing.NewType) or type(
        value
    ).__module__ in ("typing", "typing_extensions", "annotationlib")


def _is_standard_stream(value: object) -> bool:
    return isinstance(value, io.TextIOWrapper) and value.name in ("<stdout>", "<stderr>", "<stdin>")
