"""Large JSON values: they are kept in the store automatically, and read as values again."""

from __future__ import annotations

from collections.abc import Mapping

from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import Json, Room, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.room import compressed, items_size, share
from runnable_runtime.stores.storage import NO_STORE
from runnable_runtime.values.parameters import encode_lines
from runnable_runtime.values.reference import Reference
from runnable_runtime.values.texts import json_bytes

_REFERENCE = 250
"""Bytes that a reference to the store takes instead of a value."""


def spill(outputs: Mapping[str, Json], spec: TaskSpec, objects: Objects) -> dict[str, Json]:
    """`outputs` with values above the limit replaced by references, except those that `spec` has `inline`.

    Raises BadReturn for outputs that are too large nevertheless, and StorageFailed.
    """
    limits, has_store = objects.storage.limits, objects.storage.store is not None
    kept = dict(outputs)
    if limits.spill_above is not None and has_store:
        for name, value in outputs.items():
            if isinstance(value, str | list | dict) and name not in spec.inline:
                text = json_bytes(value)
                if len(text) > limits.spill_above:
                    kept[name] = objects.save_json(value, name, text)
    if limits.largest is not None:
        _check_size(kept, spec, limits.largest, has_store=has_store)
    if spec.room is not None and spec.room.copies:
        kept = _fitted(kept, spec, spec.room, objects)
    if spec.room is not None and spec.room.fans:
        _check_fans(outputs, kept, spec.room)
    return kept


def _fitted(outputs: dict[str, Json], spec: TaskSpec, room: Room, objects: Objects) -> dict[str, Json]:
    """`outputs` of a task that has a share of the workflow's state, the largest in the store where it exceeds that."""
    width, kept = objects.storage.limits.width, dict(outputs)
    most = share(room, width)
    sizes = {name: compressed(json_bytes(v)) for name, v in kept.items() if not isinstance(v, Reference)}
    has_store = objects.storage.store is not None
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
        if _size(kept) <= most:
            return kept
        value = kept[name]
        if has_store and name not in spec.inline and isinstance(value, str | list | dict) and sizes[name] > _REFERENCE:
            kept[name] = objects.save_json(value, name, json_bytes(value))
            del sizes[name]
    if not sizes or _size(kept) <= most or (has_store and (width == 1 or max(sizes.values()) <= _REFERENCE)):
        return kept
    name = max(sizes, key=sizes.__getitem__)
    raise BadReturn(
        f"{name!r} has {len(json_bytes(outputs[name])):,} bytes as JSON, {sizes[name]:,} when compressed"
        + (f", and this is one of {width:,} items: " if width > 1 else ": ")
        + f"all of them are kept in one workflow, which has room for {most:,} of each"
        + (f": {NO_STORE}, or return less" if not has_store else ": return less, or fewer values")
    )


def _size(outputs: Mapping[str, Json]) -> int:
    return compressed(encode_lines(outputs).encode())


def _check_fans(outputs: Mapping[str, Json], kept: Mapping[str, Json], room: Room) -> None:
    """Raise BadReturn for a list with more items than the workflow can keep."""
    for fan in room.fans:
        values = outputs.get(fan.over)
        if isinstance(values, list):
            size = items_size(fan, values, stored=isinstance(kept[fan.over], Reference))
            if size > room.available:
                raise BadReturn(
                    f"a Map runs over {fan.over!r}, which has {len(values):,} items: the workflow would keep {size:,} "
                    f"bytes of them, and has room for {room.available:,}: make fewer items that do more each, or keep "
                    "the list in a store (`catalog`) if its items are long"
                )


def _check_size(outputs: Mapping[str, Json], spec: TaskSpec, largest: int, *, has_store: bool) -> None:
    total = len(encode_lines(outputs))
    if total <= largest:
        return
    sizes = {name: len(json_bytes(value)) for name, value in outputs.items() if not isinstance(value, Reference)}
    name = max(sizes, key=sizes.__getitem__)
    what = f"{name!r} has {sizes[name]:,} bytes as JSON, and a step can return {largest:,} in all"
    if not has_store:
        raise BadReturn(f"{what}: {NO_STORE}, or write it to a file, or return less")
    if name in spec.inline:
        raise BadReturn(f"{what}: it is not kept in the store, because what runs is decided by it; return less")
    raise BadReturn(f"{what}: return fewer values")
