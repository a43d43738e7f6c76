"""Progress of moving large files, on standard error."""

from __future__ import annotations

import sys
from time import monotonic

from runnable_runtime.stores.location import Progress

LARGE = 64 * 1024 * 1024
"""Bytes above which the progress of moving a file is shown."""
_EVERY = 10.0
"""Seconds from one line to the next."""
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


class Moving:
    """Files on their way: for each that is large a line at its end, and one now and then before."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._large: dict[str, _Large] = {}
        self._since = monotonic()

    def of(self, path: str, size: int) -> Progress | None:
        """What notes that so many bytes more of a file have been moved; None where nobody has to know."""
        if size <= LARGE:
            return None
        self._large[path] = _Large(f"catalog: {self._stage} {path}", size)
        return self._large[path].advance

    def ended(self, path: str) -> None:
        """A file has been moved."""
        if (large := self._large.pop(path, None)) is not None:
            large.ended(monotonic() - self._since)
        self._since = monotonic()


class _Large:
    def __init__(self, what: str, size: int) -> None:
        self._what = what
        self._size = size
        self._moved = 0
        self._told = monotonic()

    def advance(self, moved: int) -> None:
        self._moved += moved
        if monotonic() - self._told > _EVERY:
            self._told = monotonic()
            _say(f"{self._what}: {100 * self._moved // self._size} % of {shown_size(self._size)}")

    def ended(self, seconds: float) -> None:
        _say(f"{self._what}: {shown_size(self._size)} in {seconds:.0f} s")


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
