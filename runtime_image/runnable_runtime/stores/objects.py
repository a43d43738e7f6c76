"""Objects and large values in the store: what a step returns goes up once, and comes down where it is read.

A pickle runs code when it is loaded. So a reference has the digest of its file, which is checked before anything of it
is loaded, and its key is always one of the run's own: whoever can write to the store of a run can run code in it, and
nobody else.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import BadInput, BadReturn, StorageFailed, a
from runnable_runtime.protocol import Json
from runnable_runtime.stores.storage import Storage, failing
from runnable_runtime.values.reference import Format, Reference
from runnable_runtime.values.returns import type_name
from runnable_runtime.values.texts import json_bytes

if TYPE_CHECKING:
    from runnable_runtime.stores.location import Location

_POSITION = 8
"""Bytes of a number in the index of a list: where in its file an item begins. The last one is the end of the file."""
INDEX = ".index"
"""The suffix of the key of a list's index, after the list's own key."""


@dataclass(slots=True)
class Objects:
    """The objects of one attempt. `project` is the folder that modules are imported from, where anything is saved."""

    storage: Storage
    project: Path | None = None
    _location: Location | None = None

    def save(self, value: object, name: str) -> Reference:
        """Keep what is returned under `name`. Raises BadReturn if it cannot be pickled, StorageFailed."""
        from runnable_runtime.stores.formats import format_of, write_array, write_frame
        from runnable_runtime.stores.hashing import Hashing
        from runnable_runtime.stores.pickler import PicklingFailed, dump

        if self.storage.in_memory:
            from runnable_runtime.stores.memory import keep

            return keep(value, name, type_name(value), self.storage)
        kept = format_of(value)
        if kept == "parquet":
            from tempfile import TemporaryDirectory

            with TemporaryDirectory(prefix="runnable-object-") as scratch:
                file = Path(scratch, "object")
                write_frame(value, file)
                return self.save_file(file, name, type_name(value), kept)
        key, main = self.storage.new_key(name), _main_module(self.project)
        try:
            with failing(), self._store.writer(self.storage.own_key(key)) as stream:
                hashing = Hashing(stream)
                if kept == "npy":
                    write_array(value, hashing)
                else:
                    dump(value, hashing, main)
        except PicklingFailed as problem:
            raise BadReturn(f"{name} is {a(type_name(value))} that cannot be pickled: {problem}") from None
        shown = type_name(value)
        if main:
            shown = re.sub(r"^__main__\b", main, shown)
        return Reference(key, hashing.sha256, hashing.size, kept, shown)

    def save_file(self, file: Path, name: str, type_of: str, kept: Format = "pickle") -> Reference:
        """Keep an object that has been written to `file`, in the format `kept`."""
        from runnable_runtime.stores.several import Moved, upload_all

        if self.storage.in_memory:
            return self._from_file(file, name, type_of)
        key = self.storage.new_key(name)
        with failing():
            moved = Moved(file, self.storage.own_key(key), file.stat().st_size)
            ((digest, size),) = upload_all(self._store, [moved])
        return Reference(key, digest, size, kept, type_of)

    def save_json(self, value: Json, name: str, text: bytes) -> Reference:
        """Keep a JSON value, whose text is `text`; a list with an index, so that one item can be had alone."""
        from hashlib import sha256

        key = self.storage.new_key(name)
        length: int | None = None
        with failing():
            if isinstance(value, list):
                length = len(value)
                text, index = _indexed(value)
                self._store.write(self.storage.own_key(f"{key}{INDEX}"), index)
            self._store.write(self.storage.own_key(key), text)
        return Reference(key, sha256(text).hexdigest(), len(text), "json", type(value).__name__, length)

    def load(self, value: Any, name: str) -> Any:
        """`value` with the references in it, if it has any, replaced by what they refer to.

        Raises StorageFailed for a file that is not there, or not the one that was written; BadInput for an object that
        cannot be loaded here.
        """
        if isinstance(value, list):
            return [self.load(item, name) for item in value]
        if not isinstance(value, Reference):
            return value
        if value.in_memory:
            from runnable_runtime.stores.memory import kept

            return kept(value, name, self.storage)
        if value.at is not None:
            return self._item(value, value.at, name)
        return self._whole(value, name, lambda stream: self._parsed(value, stream, name))

    def copy(self, reference: Reference, name: str, file: Path) -> None:
        """Copy the file of a reference to `file`, once it has been checked. Raises StorageFailed."""
        if reference.in_memory:
            self._to_file(reference, name, file)
            return
        self._whole(reference, name, lambda stream: _copy(stream, file))

    def _from_file(self, file: Path, name: str, type_of: str) -> Reference:
        """Keep an object that another process, such as a notebook's kernel, has written to `file`."""
        from runnable_runtime.stores.formats import read
        from runnable_runtime.stores.memory import keep

        try:
            with file.open("rb") as stream:
                value = read(stream)
        except Exception as error:
            raise BadReturn(f"{name}, {a(type_of)}, cannot be loaded: {type(error).__name__}: {error}") from None
        return keep(value, name, type_of, self.storage)

    def _to_file(self, reference: Reference, name: str, file: Path) -> None:
        """Write an object that is in memory for another process."""
        from runnable_runtime.stores.memory import kept
        from runnable_runtime.stores.pickler import PicklingFailed, dump

        try:
            with file.open("wb") as stream:
                dump(kept(reference, name, self.storage), stream, _main_module(self.project))
        except PicklingFailed as problem:
            shown = a(reference.type)
            raise BadInput(f"{name!r}, {shown}, cannot be pickled for another process: {problem}") from None

    def _whole(self, reference: Reference, name: str, use: Callable[[BinaryIO], Any]) -> Any:
        from runnable_runtime.stores.hashing import sha256_of

        try:
            with failing(), self._store.reader(self.storage.own_key(reference.key)) as stream:
                if sha256_of(stream) != (reference.sha256, reference.size):
                    raise StorageFailed(f"{name!r} in the store is not what was returned: {reference.key} was changed")
                stream.seek(0)
                return use(stream)
        except FileNotFoundError:
            raise StorageFailed(
                f"{name!r} is not in the store any more: {reference.key} in {self._store.name}"
            ) from None

    def _parsed(self, reference: Reference, stream: BinaryIO, name: str) -> Any:
        from runnable_runtime.stores.formats import read

        try:
            return json.load(stream) if reference.format == "json" else read(stream)
        except Exception as error:
            what = reference.type or "value"
            raise BadInput(
                f"{name!r}, a {what} of an earlier step, cannot be loaded here: {type(error).__name__}: {error}"
            ) from None

    def _item(self, reference: Reference, position: int, name: str) -> Json:
        key = self.storage.own_key(reference.key)
        try:
            with failing():
                place = position * _POSITION
                index = self._store.read(f"{key}{INDEX}", place, place + 2 * _POSITION)
                start, end = (int.from_bytes(part, "little") for part in (index[:_POSITION], index[_POSITION:]))
                if not 0 < start < end <= reference.size:
                    raise ValueError
                return json.loads(self._store.read(key, start, end - 1))
        except FileNotFoundError:
            raise StorageFailed(
                f"{name!r} is not in the store any more: {reference.key} in {self._store.name}"
            ) from None
        except ValueError:
            raise StorageFailed(
                f"{name!r} in the store is not what was returned: {reference.key} was changed"
            ) from None

    @property
    def _store(self) -> Location:
        if self._location is None:
            self._location = self.storage.open()
        return self._location


def _indexed(values: list[Json]) -> tuple[bytes, bytes]:
    """The text of a list, and the index of its items."""
    text, index = bytearray(b"["), bytearray()
    for value in values:
        index += len(text).to_bytes(_POSITION, "little")
        text += json_bytes(value) + b","
    index += len(text).to_bytes(_POSITION, "little")
    text[max(1, len(text) - 1) :] = b"]"
    return bytes(text), bytes(index)


def _copy(stream: BinaryIO, file: Path) -> None:
    import shutil

    with file.open("wb") as target:
        shutil.copyfileobj(stream, target, 1024 * 1024)


def _main_module(project: Path | None) -> str:
    """By which name other processes import this one's `__main__` from `project`; empty if they cannot."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if project is None or file is None:
        return ""
    script = Path(file).resolve()
    if script.suffix != ".py" or not script.is_relative_to(project.resolve()):
        return ""
    return ".".join(script.relative_to(project.resolve()).with_suffix("").parts)
