"""From what a task returned to its outputs: one JSON value for each declared name.

A value is never changed silently: what JSON does not have is refused, with the path to it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from enum import Enum
from typing import NoReturn

from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import Json, ReturnSpec
from runnable_runtime.values.reference import Reference

_DEEPEST = 100
"""The deepest nesting, in levels, well below what the json module and Argo can read."""
_LONGEST_INTEGER = 14_000
"""The largest integer, in bits: Python writes and reads at most 4,300 digits."""


Save = Callable[[object, str], Reference]
"""Keeps an object that is returned under a name."""


def collect(result: object, returns: tuple[ReturnSpec, ...], where: str, save: Save) -> dict[str, Json]:
    """The outputs of a function that returned `result`.

    A tuple gives one value for each of `returns`, anything else is a single value. A single declared return takes
    the whole result: a tuple of another length than one becomes a list, unless it is pickled.

    Args:
        result: what the function returned.
        returns: what its step declares; nothing is collected if it is empty.
        where: the function's name, for messages.
        save: what becomes of those that are pickled, once all others are known to be JSON.

    Raises:
        BadReturn: the number of values is another one than declared, or a value is not JSON.
    """
    if not returns:
        return {}
    values: tuple[object, ...] = result if isinstance(result, tuple) else (result,)
    if len(returns) == 1 and len(values) != 1:
        values = (result if returns[0].kind == "object" else list(values),)
    if len(values) != len(returns):
        names = ", ".join(returned.name for returned in returns)
        given = "1 value" if len(values) == 1 else f"{len(values)} values"
        raise BadReturn(f"{where} returned {given}, and its step declares {len(returns)}: {names}")
    return convert_all(dict(zip(returns, values, strict=True)), save)


def convert_all(values: Mapping[ReturnSpec, object], save: Save) -> dict[str, Json]:
    """The outputs for `values`: JSON, and references. Raises BadReturn for a value that is not JSON and has to be."""
    plain = {spec: to_json(value, spec.name) for spec, value in values.items() if spec.kind != "object"}
    return {spec.name: plain[spec] if spec in plain else save(value, spec.name) for spec, value in values.items()}


def to_json(value: object, name: str) -> Json:
    """`value` as JSON: pydantic models, dataclasses, enumerations, tuples and numpy's scalars included.

    Args:
        value: anything.
        name: what messages call it; they append the place inside of it (``result['a'][3]``).

    Raises:
        BadReturn: something in it is not JSON.
    """
    return _Converter(name).convert(value, ())


class _Attribute(str):
    """A field's name in a path, to be shown as `.name`."""

    __slots__ = ()


_Path = tuple[object, ...]


class _Converter:
    """Goes through one value; `path` is where in it, as indices, keys and attributes."""

    def __init__(self, name: str) -> None:
        self._name = name

    def convert(self, value: object, path: _Path) -> Json:
        if len(path) > _DEEPEST:
            self._refuse(path[:3], f"contains itself, or is nested more than {_DEEPEST} levels deep")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Enum):
            return self.convert(value.value, path)
        if isinstance(value, str):
            return self._text(str(value), path)
        if isinstance(value, int):
            return self._integer(int(value), path)
        if isinstance(value, float):
            return self._number(float(value), path)
        if isinstance(value, list | tuple):
            return [self.convert(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, Mapping):
            return {self._key(key, path): self.convert(item, (*path, key)) for key, item in value.items()}
        return self._structured(value, path)

    def _text(self, value: str, path: _Path) -> str:
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                self._refuse(path, f"is a text with half a character in it ({error.reason})")
        return value

    def _integer(self, value: int, path: _Path) -> int:
        if value.bit_length() > _LONGEST_INTEGER:
            self._refuse(path, "is an integer too long to be written in decimal")
        return value

    def _number(self, value: float, path: _Path) -> float:
        if not math.isfinite(value):
            self._refuse(path, f"is {value}, which JSON does not have; return None or a text for it")
        return value

    def _key(self, key: object, path: _Path) -> str:
        plain = key.value if isinstance(key, Enum) else key
        if not isinstance(plain, str):
            self._refuse(path, f"has the key {key!r} of type {type(key).__name__}, and JSON has only texts; use str()")
        return self._text(str(plain), (*path, key))

    def _structured(self, value: object, path: _Path) -> Json:
        kind = type(value)
        if hasattr(kind, "__pydantic_serializer__"):
            return self.convert(self._pydantic(value, path), path)
        if dataclasses.is_dataclass(kind):
            names = [field.name for field in dataclasses.fields(kind)]
            return {name: self.convert(getattr(value, name), (*path, _Attribute(name))) for name in names}
        if getattr(value, "shape", None) == () and callable(getattr(value, "item", None)):
            item = value.item()  # type: ignore[attr-defined]  # a scalar of numpy, or of what follows it
            if type(item) is not kind:
                return self.convert(item, path)
        self._refuse(path, f"is {_article(kind)}, which is not JSON; {_advice(value)}")

    def _pydantic(self, value: object, path: _Path) -> object:
        dump = getattr(value, "model_dump", None)
        try:
            if callable(dump):
                return dump(mode="json", by_alias=True)
            return type(value).__pydantic_serializer__.to_python(value, mode="json", by_alias=True)  # type: ignore[attr-defined]
        except ValueError as error:  # pydantic's PydanticSerializationError is one
            self._refuse(path, f"is a {type(value).__name__} that pydantic cannot write as JSON: {error}")

    def _refuse(self, path: _Path, problem: str) -> NoReturn:
        steps = [f".{step}" if isinstance(step, _Attribute) else f"[{step!r}]" for step in path]
        raise BadReturn(f"{self._name}{''.join(steps)} {problem}")


def _article(kind: type) -> str:
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"a value of type {module}{kind.__qualname__}"


def _advice(value: object) -> str:
    if isinstance(value, set | frozenset):
        return "return a list, such as sorted(...)"
    if isinstance(value, bytes | bytearray):
        return "return a text, such as .decode() or base64, or declare it pickled(...)"
    if callable(getattr(value, "isoformat", None)):
        return "return a text, such as .isoformat()"
    if callable(getattr(value, "tolist", None)):
        return "return .tolist(), or declare it pickled(...)"
    if callable(getattr(value, "to_dict", None)):
        return "return .to_dict(), or declare it pickled(...)"
    return "return what JSON has (None, bool, int, float, str, list, dict), or declare it pickled(...)"


def type_name(value: object) -> str:
    """The class of `value`, with its module unless it is a builtin."""
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
