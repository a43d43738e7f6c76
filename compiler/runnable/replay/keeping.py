"""The values and files that an attempt got, in a store of the replay's own: nothing is written to that of the run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from runnable.diagnostics.codes.records import ValuesUnreadable
from runnable.diagnostics.errors import RecordUnusable
from runnable.replay.recorded import Recorded
from runnable_runtime.failures import TaskFailure
from runnable_runtime.protocol import Json
from runnable_runtime.stores.location import Location, StoreError
from runnable_runtime.stores.patterns import Pattern
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.storage import Storage
from runnable_runtime.values.reference import Reference

_INDEX = ".index"
_GONE = "it was kept in memory (object_serialisation: false), until its run ended"


def kept_in(recorded: Recorded, folder: Path) -> Recorded:
    """`recorded` with what it needs of the run's store copied to `folder`, which is its store from then on.

    Raises RecordUnusable (RN908) for a store that cannot be read, or something that is not in it any more.
    """
    storage = recorded.storage
    own = replace(storage, store=StoreSettings(str(folder.resolve())))
    references = list(_references(recorded.parameters))
    if any(reference.in_memory for reference in references):
        raise RecordUnusable([ValuesUnreadable(step=recorded.path, reason=_GONE, gone=True)])
    if references or recorded.spec.get:
        try:
            source, target = storage.open(), own.open()
            for reference in references:
                _copy_value(reference, storage, source, target)
            for text in recorded.spec.get:
                _copy_files(text, storage, source, target)
        except TaskFailure as failure:
            raise _unreadable(recorded, failure.message) from None
        except FileNotFoundError as error:
            raise _unreadable(recorded, f"it is not in the store any more: {error.filename or error}") from None
        except (StoreError, ImportError) as error:
            raise _unreadable(recorded, str(error)) from None
    return replace(recorded, storage=own)


def _unreadable(recorded: Recorded, reason: str) -> RecordUnusable:
    return RecordUnusable([ValuesUnreadable(step=recorded.path, reason=reason)])


def _references(value: Json) -> Iterator[Reference]:
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _copy_value(reference: Reference, storage: Storage, source: Location, target: Location) -> None:
    key = storage.own_key(reference.key)
    _copy(key, source, target)
    if reference.length is not None:
        with suppress(FileNotFoundError):
            _copy(f"{key}{_INDEX}", source, target)


def _copy_files(text: str, storage: Storage, source: Location, target: Location) -> None:
    """The files of the run that match a pattern, and the notes of those that were not copied."""
    pattern = Pattern.of(text, storage.folder)
    for folder in (storage.run_id, storage.own_key("no-copy")):
        for entry in list(source.entries(folder)):
            if pattern.matches(entry.key.removeprefix(f"{folder}/")):
                _copy(entry.key, source, target)


def _copy(key: str, source: Location, target: Location) -> None:
    with source.reader(key) as reader, target.writer(key) as writer:
        shutil.copyfileobj(reader, writer, 1024 * 1024)
