"""Copying what an attempt of another run has stored to this run's part of the store."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace

from runnable.execution.caching.earlier import Found
from runnable_runtime.failures import StorageFailed
from runnable_runtime.protocol import Json
from runnable_runtime.stores.hashing import Hashing
from runnable_runtime.stores.location import Location
from runnable_runtime.stores.objects import INDEX
from runnable_runtime.stores.storage import Storage, failing
from runnable_runtime.values.reference import Reference, was_in_memory

_IN_MEMORY = "what it returned was kept in memory"


class Gone(Exception):
    """Something that the attempt stored is no longer in the store, or has changed."""


def bring(found: Found, storage: Storage) -> Mapping[str, Json]:
    """Copy the objects, large values and files of `found` to this run's part of the store, and return its outputs.

    `storage` is that of the attempt which takes them. Raises Gone; what was copied until then does no harm.
    """
    outputs = found.attempt.outputs
    put = [file for file in found.attempt.files if file["stage"] == "put"]
    if any(map(was_in_memory, outputs.values())):
        raise Gone(_IN_MEMORY)
    if not put and not any(isinstance(value, Reference) for value in outputs.values()):
        return outputs
    bringing = _Bringing(storage, replace(storage, run_id=found.run_id))
    try:
        for file in put:
            bringing.file(file)
        return {name: bringing.value(value, name) for name, value in outputs.items()}
    except FileNotFoundError as error:
        raise Gone(f"{error} is not in the store any more") from None
    except StorageFailed as error:
        raise Gone(error.message) from None


def why_gone(found: Found, storage: Storage) -> str:
    """What of what `found` has stored cannot be brought, and why; empty if all is there. Contents are not read."""
    there = replace(storage, run_id=found.run_id)
    if any(map(was_in_memory, found.attempt.outputs.values())):
        return _IN_MEMORY
    wanted: dict[str, str] = {}
    for file in found.attempt.files:
        if file["stage"] != "put":
            continue
        if file.get("stored") is False:
            return f"of {file['path']} there is no copy (store_copy=False)"
        wanted[there.file_key(file["path"])] = str(file["path"])
    for name, value in found.attempt.outputs.items():
        if isinstance(value, Reference):
            wanted[there.own_key(value.key)] = name
    if not wanted:
        return ""
    try:
        location = there.open()
        with failing():
            missing = [what for key, what in wanted.items() if location.size(key) is None]
    except StorageFailed as error:
        return error.message
    return f"{missing[0]} is not in the store any more" if missing else ""


class _Bringing:
    def __init__(self, here: Storage, there: Storage) -> None:
        self._here = here
        self._there = there
        self._location: Location = here.open()

    def file(self, file: Mapping[str, Json]) -> None:
        """Copy a file of the catalog. Only the hash of some was kept, which is no file to take."""
        path = file["path"]
        if file.get("stored") is False:
            raise Gone(f"of {path} there is no copy (store_copy=False)")
        self._copy(self._there.file_key(path), self._here.file_key(path), file["sha256"], path)

    def value(self, value: Json, name: str) -> Json:
        """A value, copied if it is in the store."""
        if not isinstance(value, Reference):
            return value
        key = self._here.new_key(name)
        source, target = self._there.own_key(value.key), self._here.own_key(key)
        if value.format == "json" and value.length is not None:
            with failing():
                self._location.write(f"{target}{INDEX}", self._location.read(f"{source}{INDEX}"))
        self._copy(source, target, value.sha256, name)
        return replace(value, key=key)

    def _copy(self, source: str, target: str, sha256: str, what: str) -> None:
        with failing():
            try:
                with self._location.reader(source) as stream, self._location.writer(target) as copy:
                    hashing = Hashing(copy)
                    shutil.copyfileobj(stream, hashing, 1024 * 1024)
                    if hashing.sha256 != sha256:
                        raise Gone(f"{what} in the store is not what it was")
            except FileNotFoundError:
                raise FileNotFoundError(what) from None
