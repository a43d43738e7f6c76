"""From a value to JSON, by its annotation: the inverse of `conversion`.

What JSON has goes as it is. A class of its own form (a date, a set, bytes) becomes JSON only where an annotation says
how it comes back, and whatever is not plain JSON is read back once before it leaves: a value is never changed silently.
"""

from __future__ import annotations

import math
import sys
import typing
from collections import abc
from collections.abc import Mapping
from enum import Enum
from typing import Any, NoReturn

from runnable_runtime.failures import BadReturn, a
from runnable_runtime.protocol import Json
from runnable_runtime.values.annotations import (
    SETS,
    is_base,
    is_union,
    item_annotations,
    key_and_item,
    plain_annotation,
    says_nothing,
    suits,
    unmarked,
)
from runnable_runtime.values.conversion import Mismatch, convert, shown_type
from runnable_runtime.values.members import hints_of, is_structured, members_of
from runnable_runtime.values.modelled import NO_SECRETS, NotWritten, difference, wants_pydantic, written
from runnable_runtime.values.scalars import json_text
from runnable_runtime.values.single import single_of, written_single
from runnable_runtime.values.suggested import advice, article

_DEEPEST = 100
"""The deepest nesting, in levels, well below what the json module and Argo can read."""
LONGEST_INTEGER = 14_000
"""The largest integer, in bits: Python writes and reads at most 4,300 digits."""
_Path = tuple[object, ...]


def to_json(value: object, name: str, annotation: object = Any, where: str = "") -> Json:
    """`value` as the JSON that an argument annotated `annotation` gets back as the same value.

    Args:
        value: anything.
        name: what messages call it; they append the place inside of it (``result['a'][3]``).
        annotation: what it is annotated as; what is not annotated has to be JSON, or say itself what its fields are.
        where: the function that returns it, for messages.

    Raises:
        BadReturn: something in it is not JSON, and no annotation says what it is; or it would not come back.
    """
    return _Encoder(name, where, value).checked(value, annotation, ())


class _Attribute(str):
    """A field's name in a path, to be shown as `.name`."""

    __slots__ = ()


class _Encoder:
    """Goes through one value; `path` is where in it, as indices, keys and attributes."""

    def __init__(self, name: str, where: str, whole: object) -> None:
        self._name = name
        self._where = where
        self._whole = whole
        self._marked: list[tuple[_Path, object]] | None = None
        """What is to be compared once it is read back, with its place; None outside of anything annotated."""

    def checked(self, value: object, annotation: object, path: _Path) -> Json:
        """`encode`, and the result is read back where it was more than plain JSON."""
        if self._marked is not None or says_nothing(annotation):
            return self.encode(value, annotation, path)
        self._marked = []
        found = self.encode(value, annotation, path)
        marked, self._marked = self._marked, None
        if marked:
            self._compare(marked, found, annotation, path)
        return found

    def _compare(self, marked: list[tuple[_Path, object]], found: Json, annotation: object, at: _Path) -> None:
        try:
            back = convert(found, annotation, self._name)
        except Mismatch as error:
            reason = f": {error}" if str(error) else ""
            self._refuse(at, f"does not come back from its JSON as {shown_type(annotation)}{reason}")
        except Exception as error:  # of a constructor of the user's
            self._refuse(at, f"does not come back as {shown_type(annotation)}: {type(error).__name__}: {error}")
        for path, value in marked:
            other = _followed(back, path[len(at) :])
            if not _came_back(value, other):
                problem = f"is {a(type(value).__name__)}, and would come back as {other!r:.60}"
                self._refuse(path, f"{problem} by the annotation {shown_type(annotation)}; make that more exact")

    def encode(self, value: object, annotation: object, path: _Path) -> Json:
        """The JSON of `value`, which stands where `annotation` does."""
        if len(path) > _DEEPEST:
            self._refuse(path[:3], f"contains itself, or is nested more than {_DEEPEST} levels deep")
        if value is None or isinstance(value, bool):
            return value
        annotation = plain_annotation(annotation)
        if is_union(annotation):
            return self._member(value, typing.get_args(annotation), path)
        if isinstance(value, Enum):
            return self._enum(value, path)
        if isinstance(value, str | int | float):
            return self._scalar(value, path)
        if isinstance(value, list | tuple):
            return self._items(value, annotation, path)
        if isinstance(value, Mapping):
            return self._mapping(value, annotation, path)
        return self._other(value, annotation, path)

    def _member(self, value: object, members: tuple[object, ...], path: _Path) -> Json:
        """`value` as the first member of a union that it is one of."""
        suiting = [member for member in map(plain_annotation, members) if suits(value, member)]
        for member in suiting[:-1]:
            marks = len(self._marked or ())
            try:
                return self.encode(value, member, path)
            except BadReturn:
                del (self._marked or [])[marks:]
        return self.encode(value, suiting[-1] if suiting else Any, path)

    # --- what JSON has ---

    def _scalar(self, value: str | int | float, path: _Path) -> Json:
        if isinstance(value, str):
            plain: Json = self._text(str(value), path)
        elif isinstance(value, int):
            plain = int(value)
            if plain.bit_length() > LONGEST_INTEGER:
                self._refuse(path, "is an integer too long to be written in decimal")
        else:
            plain = float(value)
            if not math.isfinite(plain):
                self._refuse(path, f"is {plain}, which JSON does not have; return None or a text for it")
        return plain

    def _text(self, value: str, path: _Path) -> str:
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                self._refuse(path, f"is a text with half a character in it ({error.reason})")
        return value

    def _enum(self, value: Enum, path: _Path) -> Json:
        self._mark(path, value)
        plain = value.value
        return self._scalar(plain, path) if isinstance(plain, str | int | float) else self._text(value.name, path)

    def _items(self, values: list[Any] | tuple[Any, ...], annotation: object, path: _Path) -> Json:
        names = getattr(type(values), "_fields", None)
        if isinstance(values, tuple) and names is not None:
            if says_nothing(annotation):
                return self._by_itself(values, path)
            if hasattr(typing.get_origin(annotation) or annotation, "_fields"):
                self._mark(path, values)
                hints = hints_of(annotation)
                annotation = tuple[tuple(hints.get(name, Any) for name in names)]  # type: ignore[misc]
        wanted = item_annotations(annotation, len(values))
        return [self.encode(item, wanted[min(i, len(wanted) - 1)], (*path, i)) for i, item in enumerate(values)]

    def _mapping(self, values: Mapping[Any, Any], annotation: object, path: _Path) -> Json:
        kind, arguments = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
        hints = hints_of(annotation) if typing.is_typeddict(kind) else {}
        keys, items = key_and_item(kind, arguments)
        found: dict[str, Json] = {}
        for key, item in values.items():
            text = self._key(key, keys, path)
            if text in found:
                self._refuse(path, f"has the key {key!r} and another one that is the same text")
            hint = hints.get(text, items)
            found[text] = self.encode(item, unmarked(hint), (*path, key))
        return found

    def _key(self, key: object, annotation: object, path: _Path) -> str:
        if says_nothing(annotation):
            plain = key.value if isinstance(key, Enum) else key
            if isinstance(plain, str):
                return self._text(str(plain), (*path, key))
        else:
            self._mark((*path, key), _Key(key))
            marks, self._marked = self._marked, []
            found = self.encode(key, annotation, (*path, key))
            self._marked = marks
            if isinstance(found, str | int | float):
                return json_text(found)
        kind = type(key)
        can_be = written_single(kind) is not None or kind in (bool, int, float)
        what = f"annotate dict[{shown_type(kind)}, ...]" if can_be else "declare it pickled(...)"
        self._refuse(
            path, f"has the key {key!r} of type {kind.__name__}, and JSON has only texts; use str(), or {what}"
        )

    # --- what becomes JSON by an annotation ---

    def _other(self, value: object, annotation: object, path: _Path) -> Json:
        kind = type(value)
        self._refuse_secret(value, path)
        if hasattr(kind, "__pydantic_serializer__"):
            return self._pydantic(value, annotation, path)
        if is_structured(kind):
            return self._structured(value, annotation, path)
        if isinstance(value, set | frozenset):
            return self._set(value, annotation, path)
        single = written_single(kind)
        if single is not None:
            if not suits(value, annotation) or says_nothing(annotation):
                self._refuse_class(value, path)
            self._mark(path, value)
            return self.encode(single.write(value), Any, path)
        if _is_scalar_array(value):
            return self._item_of(value, annotation, path)
        if wants_pydantic(annotation):
            return self._by_adapter(value, annotation, path)
        self._refuse_class(value, path)

    def _set(self, values: abc.Set[Any], annotation: object, path: _Path) -> Json:
        kind, arguments = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
        if not any(kind is known for known in SETS):
            self._refuse_class(values, path)
        self._mark(path, values)
        wanted = arguments[0] if arguments else Any
        marks, self._marked = self._marked, []  # an item has no place in a set; the set is compared as a whole
        items = [self.encode(item, wanted, (*path, item)) for item in values]
        self._marked = marks
        try:
            return sorted(items)
        except TypeError:
            return sorted(items, key=json_text)

    def _structured(self, value: object, annotation: object, path: _Path) -> Json:
        if says_nothing(annotation):
            return self._by_itself(value, path)
        own = annotation if (typing.get_origin(annotation) or annotation) is type(value) else type(value)
        self._mark(path, value)
        found: dict[str, Json] = {}
        for member in members_of(own):
            if hasattr(value, member.name):
                at = (*path, _Attribute(member.name))
                item = getattr(value, member.name)
                found[member.name] = self.encode(item, member.hint, at)
                if isinstance(item, str | int | float | None):
                    self._mark(at, item)
        return found

    def _pydantic(self, value: object, annotation: object, path: _Path) -> Json:
        if not says_nothing(annotation) and not is_base(annotation):
            self._mark(path, value)
        try:
            found = written(value)
        except NotWritten as error:
            self._refuse(path, f"{error}; or declare it pickled(...)")
        marks, self._marked = self._marked, None
        plain = self.encode(found, Any, path)
        self._marked = marks
        return plain

    def _by_adapter(self, value: object, annotation: object, path: _Path) -> Json:
        import pydantic

        adapter: Any = pydantic.TypeAdapter(annotation)  # type: ignore[arg-type]
        self._mark(path, value)
        try:
            return self.encode(adapter.dump_python(value, mode="json", round_trip=True), Any, path)
        except ValueError as error:
            self._refuse(path, f"cannot be written by pydantic: {error}")

    def _item_of(self, value: Any, annotation: object, path: _Path) -> Json:
        """A scalar of numpy, or of what follows it."""
        item = value.item()
        if type(item) is type(value) or getattr(getattr(value, "dtype", None), "kind", "") == "m":
            self._refuse_class(value, path)
        if single_of(type(value)) is not None and not says_nothing(annotation) and suits(value, annotation):
            self._mark(path, value)
        return self.encode(item, Any if isinstance(item, bool | int | float | str) else annotation, path)

    def _by_itself(self, value: object, path: _Path) -> Json:
        """A value whose class says what its fields are, where nothing else does: whoever takes it names the class."""
        marks, self._marked = self._marked, None
        found = self.checked(value, type(value), path)
        self._marked = marks
        return found

    # --- places and mistakes ---

    def _mark(self, path: _Path, value: object) -> None:
        if self._marked is not None:
            self._marked.append((path, value))

    def _refuse_secret(self, value: object, path: _Path) -> None:
        pydantic = sys.modules.get("pydantic")
        kinds = tuple(filter(None, (getattr(pydantic, n, None) for n in ("SecretStr", "SecretBytes", "Secret"))))
        if isinstance(value, kinds):
            self._refuse(path, f"is {a(type(value).__name__)}: {NO_SECRETS}")

    def _refuse_class(self, value: object, path: _Path) -> NoReturn:
        inside = any(isinstance(step, _Attribute) for step in path)  # then a field is what has to be annotated
        what = advice(value, self._where, value if inside else self._whole)
        self._refuse(path, f"is {article(type(value))}, which is not JSON; {what}")

    def _refuse(self, path: _Path, problem: str) -> NoReturn:
        steps = [f".{step}" if isinstance(step, _Attribute) else f"[{step!r}]" for step in path]
        raise BadReturn(f"{self._name}{''.join(steps)} {problem}")


class _Key:
    """A key of a mapping, to be looked for once it is read back."""

    __slots__ = ("key",)

    def __init__(self, key: object) -> None:
        self.key = key


def _came_back(value: object, back: object) -> bool:
    if isinstance(value, _Key):
        return back is not _NOTHING
    if hasattr(type(value), "__pydantic_serializer__"):
        return not difference(value, back)
    if is_structured(type(value)) or hasattr(type(value), "_fields"):
        return isinstance(back, type(value))
    if isinstance(value, str | int | float | None) and not isinstance(value, Enum):
        return bool(back == value) or (back is not _NOTHING and isinstance(back, Enum))
    return isinstance(back, type(value)) and bool(back == value)


_NOTHING = object()


def _followed(value: Any, path: _Path) -> object:
    """What is at a place in `value`."""
    for step in path:
        try:
            value = getattr(value, step) if isinstance(step, _Attribute) else value[step]
        except Exception:
            return _NOTHING
    return value


def _is_scalar_array(value: object) -> bool:
    return getattr(value, "shape", None) == () and callable(getattr(value, "item", None))
