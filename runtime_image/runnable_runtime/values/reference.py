"""References: a reference is what travels instead of a value that is in the store of its run.

Pickled returns are always there, JSON values where they are too large to travel. The code that reads a parameter loads
it (`stores.objects`); until then a reference is passed on like any other value, alone or in lists.
"""

from __future__ import annotations

from typing import Literal, get_args

from runnable_runtime.deferred import changed, dataclass
from runnable_runtime.protocol import Json

Format = Literal["pickle", "json", "parquet", "npy"]
SPACE = "objects/"
"""What every key begins with: the part of a run's store that only this package writes to."""
IN_MEMORY = f"{SPACE}.memory/"
"""What the keys of objects begin with that were kept in the memory of the process of their run."""
RESERVED = ".runnable"
"""The folder of a run in a store that is not the user's; keys are relative to it."""


@dataclass(frozen=True, slots=True, repr=False)
class Reference:
    """A value in the store of its run.

    `key` is relative to the run's own part of the store, so that no reference reaches another run. `sha256` and `size`
    (bytes) are of the file. `type` is the value's class, for people. `length` is the number of items of a list in JSON,
    and `at` the position in it that is meant, where it is not the whole.
    """

    key: str
    sha256: str
    size: int
    format: Format
    type: str = ""
    length: int | None = None
    at: int | None = None

    @property
    def in_memory(self) -> bool:
        """Whether it was kept in the memory of the process of its run, and is in no store."""
        return self.key.startswith(IN_MEMORY)

    def item(self, position: int) -> Reference:
        """The reference to one item of a list. Raises ValueError if it is no list with such an item."""
        if self.length is None or self.at is not None or not 0 <= position < self.length:
            raise ValueError(f"{self} is no list with an item {position}")
        return changed(self, at=position)

    def to_json(self) -> dict[str, Json]:
        """The reference as a small JSON object, fields without a value left out."""
        found: dict[str, Json] = {"key": self.key, "sha256": self.sha256, "size": self.size, "format": self.format}
        more = {"type": self.type or None, "length": self.length, "at": self.at}
        return found | {name: value for name, value in more.items() if value is not None}

    @classmethod
    def from_json(cls, document: Json) -> Reference:
        """The inverse of `to_json`. Raises ValueError for anything else."""
        try:
            found = cls(**document)
        except TypeError:
            raise ValueError("a reference without the fields of one") from None
        numbers = [found.size, *(n for n in (found.length, found.at) if n is not None)]
        if not all(isinstance(text, str) for text in (found.key, found.sha256, found.type)):
            raise ValueError("a reference whose fields are no texts")
        if found.format not in get_args(Format) or any(type(n) is not int or n < 0 for n in numbers):
            raise ValueError("a reference with fields of the wrong type")
        if not found.key.startswith(SPACE):
            raise ValueError(f"a reference to {found.key[:100]!r}, where no values are kept")
        return found

    def __repr__(self) -> str:
        kind = self.type or self.format
        if self.in_memory:
            return f"<{kind}, in memory>"
        return f"<{kind}, {self.size:,} bytes in the store>"


def has_object(value: object) -> bool:
    """Whether `value` is, or holds in its lists, a reference to an object."""
    if isinstance(value, list):
        return any(has_object(item) for item in value)
    return isinstance(value, Reference) and value.format != "json"


def was_in_memory(value: object) -> bool:
    """Whether `value` is, or holds in its lists, a reference to an object that was kept in memory."""
    if isinstance(value, list):
        return any(was_in_memory(item) for item in value)
    return isinstance(value, Reference) and value.in_memory


def has_reference(value: object) -> bool:
    """Whether `value` is, or holds in its lists, any reference."""
    if isinstance(value, list):
        return any(has_reference(item) for item in value)
    return isinstance(value, Reference)


def shown(value: Json) -> Json:
    """`value` with references as the JSON objects that a record has, which says of each its type and size."""
    if isinstance(value, Reference):
        return value.to_json()
    if isinstance(value, list) and has_reference(value):
        return [shown(item) for item in value]
    return value
