"""Sizes as a person gives them: ``20MB``, ``500 KB``, ``1GiB``, ``800000``."""

from __future__ import annotations

import re

from runnable_runtime.deferred import pattern

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SIZE = pattern(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)


def read_size(text: str) -> int:
    """The number of bytes that `text` says. Raises ValueError."""
    found = _SIZE.fullmatch(text.strip())
    unit = _UNITS.get(found[2].lower()) if found else None
    if found is None or unit is None:
        raise ValueError(f"{text!r} is no size: write such as 20MB, 500KB or 1GiB")
    return int(float(found[1]) * unit)
