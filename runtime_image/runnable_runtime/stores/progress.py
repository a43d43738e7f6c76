"""Progress of moving a large file, on standard error."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Self

LARGE = 64 * 1024 * 1024
"""Bytes above which the progress of moving a file is shown."""
_EVERY = 10.0
"""Seconds from one line to the next."""
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


class Moving:
    """One file on its way: a line at the end, and one now and then before, if it is large."""

    def __init__(self, stage: str, path: str, size: int) -> None:
        self._what = f"catalog: {stage} {path}"
        self._size = size
        self._moved = 0
        self._started = self._told = monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._size > LARGE:
            _say(f"{self._what}: {shown_size(self._size)} in {monotonic() - self._started:.0f} s")

    def advance(self, moved: int) -> None:
        """Note that so many bytes more have been moved."""
        self._moved += moved
        if self._size > LARGE and monotonic() - self._told > _EVERY:
            self._told = monotonic()
            _say(f"{self._what}: {100 * self._moved // self._size} % of {shown_size(self._size)}")


def shown_size(size: int) -> str:
    """``2.0 GiB``."""
    amount = float(size)
    for unit in _UNITS[:-1]:
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} {_UNITS[-1]}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
