"""What a workflow's state has room for: the controller keeps the workflow in one object of at most 1 MiB.

Every value stands in it several times, and every item of a fan-out as a node of its own. Its nodes are compressed by
gzip, which sees repetitions that are no more than 32 KiB apart, and written in base64.
"""

from __future__ import annotations

from runnable_runtime.protocol import Fan, Json, Room
from runnable_runtime.values.texts import json_bytes

_SHORT = 64
"""Bytes of a text that is alike in neighbouring nodes, of which the state has little then."""


def compressed(text: bytes) -> int:
    """How many bytes of a state `text` takes, about."""
    if len(text) <= _SHORT:
        return len(text) // 4
    import zlib

    return min(len(text), len(zlib.compress(text)) * 4 // 3)


def items_size(fan: Fan, values: list[Json], *, stored: bool) -> int:
    """How many bytes of a state the items of a fan-out over `values` take, at least; `stored`: the list is no part."""
    size = len(values) * fan.each
    if not stored:
        size += compressed(json_bytes(values)) * fan.names
    return size + sum(
        items_size(inner, row, stored=stored) for inner in fan.inner for row in values if isinstance(row, list)
    )


def share(room: Room, width: int) -> int:
    """How many bytes, compressed, a task can return that is one of `width`."""
    return max(0, room.available - width * room.each) // (max(1, room.copies) * width)
