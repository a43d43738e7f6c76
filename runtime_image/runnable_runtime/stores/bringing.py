"""Copying what an attempt of another run has stored to this run's part of the store, so that it can be taken."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace

from runnable_runtime.failures import StorageFailed
from runnable_runtime.protocol import Json
from runnable_runtime.stores.catalog import EXECUTABLE, NO_COPY
from runnable_runtime.stores.hashing import Hashing
from runnable_runtime.stores.location import Location
from runnable_runtime.stores.objects import INDEX
from runnable_runtime.stores.several import at_once
from runnable_runtime.stores.storage import Storage, failing
from runnable_runtime.values.reference import Reference, was_in_memory

IN_MEMORY = "what it returned was kept in memory"
_AT_ONCE = 8
"""Files that are copied at the same time."""


class Gone(Exception):
    """Something that the attempt stored is no longer in the store, or has changed."""


def bring(
    outputs: Mapping[str, Json], files: Sequence[Mapping[str, Json]], run_id: str, storage: Storage
) -> Mapping[str, Json]:
    """Copy the objects, large values and put `files` of an attempt of the run `run_id`, and return its `outputs`.

    `storage` is that of the attempt which takes them. Raises Gone; what was copied until then does no harm.
    """
    put = [file for file in files if file["stage"] == "put"]
    if any(map(was_in_memory, outputs.values())):
        raise Gone(IN_MEMORY)
    if not put and not any(isinstance(value, Reference) for value in outputs.values()):
        return outputs
    bringing = _Bringing(storage, replace(storage, run_id=run_id))
    try:
        bringing.files(put)
        return {name: bringing.value(value, name) for name, value in outputs.items()}
    except FileNotFoundError as error:
        raise Gone(f"{error} is not in the store any more") from None
    except StorageFailed as error:
        raise Gone(error.message) from None


class _Bringing:
    def __init__(self, here: Storage, there: Storage) -> None:
        self._here = here
        self._there = there
        self._location: Location = here.open()

    def files(self, files: Sequence[Mapping[str, Json]]) -> None:
        """Copy files of the catalog, and what is known of them. Only the hash of some was kept, which is no file."""
        for file in files:
            if file.get("stored") is False:
                raise Gone(f"of {file['path']} there is no copy (store_copy=False)")
        if not files:
            return
        at_once(self._file, files, _AT_ONCE)
        with failing():
            self._mark({str(file["path"]) for file in files})

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

    def _file(self, file: Mapping[str, Json]) -> None:
        path = file["path"]
        self._copy(self._there.file_key(path), self._here.file_key(path), file["sha256"], path)

    def _mark(self, paths: set[str]) -> None:
        """Note which of the files are programs, and that there are copies of all."""
        programs = self._marked(self._there, EXECUTABLE) & paths
        for path in self._marked(self._here, NO_COPY) & paths:
            self._location.delete(self._here.own_key(f"{NO_COPY}/{path}"))
        for path in self._marked(self._here, EXECUTABLE) & (paths - programs):
            self._location.delete(self._here.own_key(f"{EXECUTABLE}/{path}"))
        for path in programs:
            self._location.write(self._here.own_key(f"{EXECUTABLE}/{path}"), b"")

    def _marked(self, storage: Storage, kind: str) -> set[str]:
        folder = storage.own_key(kind)
        return {entry.key.removeprefix(f"{folder}/") for entry in self._location.entries(folder)}

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
