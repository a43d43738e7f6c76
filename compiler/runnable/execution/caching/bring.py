"""What an attempt of another run has stored, and whether it can still be taken for this run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from runnable.execution.caching.earlier import Found
from runnable_runtime.failures import StorageFailed
from runnable_runtime.protocol import Json
from runnable_runtime.stores import bringing
from runnable_runtime.stores.bringing import IN_MEMORY, Gone
from runnable_runtime.stores.storage import Storage, failing
from runnable_runtime.values.reference import Reference, was_in_memory

__all__ = ["Gone", "bring", "why_gone"]


def bring(found: Found, storage: Storage) -> Mapping[str, Json]:
    """Copy the objects, large values and files of `found` to this run's part of the store, and return its outputs.

    `storage` is that of the attempt which takes them. Raises Gone; what was copied until then does no harm.
    """
    return bringing.bring(found.attempt.outputs, found.attempt.files, found.run_id, storage)


def why_gone(found: Found, storage: Storage) -> str:
    """What of what `found` has stored cannot be brought, and why; empty if all is there. Contents are not read."""
    there = replace(storage, run_id=found.run_id)
    if any(map(was_in_memory, found.attempt.outputs.values())):
        return IN_MEMORY
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
