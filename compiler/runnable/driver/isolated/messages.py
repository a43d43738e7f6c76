"""What processes say to each other about works: an answer has its length before it, an order is a work's number."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import Any

Work = Callable[[], Any]
"""Returns what JSON takes. It may have a method ``stays_within(modules) -> bool``: whether it leaves nothing in its
process, in which modules of these names are loaded."""
LENGTH = struct.Struct("!Q")
ORDER = struct.Struct("!Q")


def write(descriptor: int, data: bytes) -> None:
    """Write all of `data`."""
    while data:
        data = data[os.write(descriptor, data) :]


def is_whole(answer: bytes) -> bool:
    """Whether `answer`, which begins with its length, is all there."""
    return len(answer) >= LENGTH.size and len(answer) == LENGTH.size + LENGTH.unpack(answer[: LENGTH.size])[0]
