"""Large JSON values: they are kept in the store automatically, and read as values again."""

from __future__ import annotations

from collections.abc import Mapping

from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import Json, TaskSpec
from runnable_runtime.stores.objects import Objects, json_bytes
from runnable_runtime.stores.storage import NO_STORE
from runnable_runtime.values.parameters import encode_lines
from runnable_runtime.values.reference import Reference


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
    return kept


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
