"""`Meter`: what one attempt takes of memory and processor, in a process that has run others before, or is the user's.

A system keeps one maximum for the whole life of a process. Linux can be asked to begin anew (`clear_refs`, proc(5)),
and so the maximum is that of the attempt; that of the whole process, which others may look at (`getrusage`, ``time``),
begins anew then, too. Elsewhere it is known only where the attempt has raised it. Of children the system keeps the
largest one so far, and it is known in the same cases, or if all were waited for by who calls `waited_for`.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any
from weakref import WeakSet

from runnable_runtime.process.usage import Usage

resource: Any = import_module("resource") if os.name == "posix" else None
_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in what `ru_maxrss` counts."""
_RESET = b"5"
"""Has the kernel forget the process's maximum; the other numbers do other things."""

_HARDLY = 128 * 1024
"""Bytes by which a maximum is as good as what there is: an empty interpreter has a hundred times as much."""

_measuring: WeakSet[Meter] = WeakSet()
"""The meters that are not read yet: a task may run pipelines itself, whose attempts are measured meanwhile."""


def usage_of(used: Any) -> Usage:
    """What a process has used that has ended, with the children that it waited for; `used` is what `os.wait4` gives."""
    return Usage(memory=used.ru_maxrss * _UNIT, cpu=_seconds(used))


def waited_for(used: Any) -> None:
    """Note a child that this process has waited for; `used` is what `os.wait4` gives."""
    for meter in _measuring:
        meter.noted_most = max(meter.noted_most, used.ru_maxrss * _UNIT)
        meter.noted_faults += used.ru_minflt


def used_elsewhere(memory: int, cpu: float) -> None:
    """Note what a process has used that worked for this one, and is the child of another; bytes and seconds."""
    for meter in _measuring:
        meter.noted_most = max(meter.noted_most, memory)
        meter.noted_cpu += cpu


class Meter:
    """Measures from its making until `read`, which is called once.

    Of the children that were noted, `noted_most` is the size of the largest, in bytes, and `noted_faults` the number of
    page faults, of which each process has some. `seen` is the maximum before another meter has had it begin anew.
    `after` is the meter of what this process did just before, if there is one: what that has read last is not asked for
    again, nor the maximum to begin anew where it is hardly more than what there is.
    """

    def __init__(self, after: Meter | None = None) -> None:
        self._is_new: bool
        self.noted_most = self.noted_faults = self.seen = 0
        self.noted_cpu = 0.0
        self._last: tuple[int | None, int | None] = None, None
        if _measuring:
            before = _memory()[1] or 0
            for meter in _measuring:
                meter.seen = max(meter.seen, before)
        known = after is not None and after._is_new and after._hardly_more()
        self._is_new = known or _forget_maximum()
        self._resident, self._most = after._last if after is not None and known else _memory()
        if resource is not None:
            self._own = resource.getrusage(resource.RUSAGE_SELF)
            self._children = resource.getrusage(resource.RUSAGE_CHILDREN)
        _measuring.add(self)

    def read(self) -> Usage | None:
        """What was used since; None where the system does not say."""
        _measuring.discard(self)
        if resource is None:
            return None
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = _seconds(own) - _seconds(self._own) + _seconds(children) - _seconds(self._children)
        seconds += self.noted_cpu
        memory, before = self._memory(children)
        return Usage(memory=memory, memory_before=before, cpu=round(max(seconds, 0.0), 6))

    def _memory(self, children: Any) -> tuple[int | None, int | None]:
        """The peak of this process or of the largest child, and what that had at the beginning; None: not known."""
        most, child = self._peak(), self._largest_child(children)
        if most is None:
            return None, None
        if child is None and self._children.ru_maxrss * _UNIT > most:  # there was a child, and an earlier one had more
            return None, None
        return (child, 0) if child is not None and child > most else (most, self._resident)

    def _peak(self) -> int | None:
        """That of this process, in bytes; None if it cannot be known."""
        self._last = _memory()
        _, most = self._last
        if most is None or self._most is None or not (self._is_new or most > self._most):
            return None
        return max(most, self.seen)

    def _hardly_more(self) -> bool:
        resident, most = self._last
        return resident is not None and most is not None and most - resident <= _HARDLY

    def _largest_child(self, now: Any) -> int | None:
        """The peak of the largest child since, in bytes; 0 if there was none, None if it cannot be known."""
        before = self._children
        if now.ru_maxrss > before.ru_maxrss:
            return int(now.ru_maxrss * _UNIT)
        if now.ru_minflt - before.ru_minflt == self.noted_faults:  # all were noted, or there were none
            return self.noted_most
        return None


def _seconds(used: Any) -> float:
    return float(used.ru_utime + used.ru_stime)


def _forget_maximum() -> bool:
    with suppress(OSError):
        descriptor = os.open("/proc/self/clear_refs", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, _RESET)
        finally:
            os.close(descriptor)
        return True
    return False


def _memory() -> tuple[int | None, int | None]:
    """What of this process is in memory now, and was at most, in bytes; None where it cannot be known."""
    with suppress(OSError, ValueError):
        descriptor = os.open("/proc/self/status", os.O_RDONLY | os.O_CLOEXEC)
        try:
            text = os.read(descriptor, 8192)
        finally:
            os.close(descriptor)
        return _field(text, b"VmRSS:"), _field(text, b"VmHWM:")
    if resource is None:
        return None, None
    return None, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


def _field(text: bytes, name: bytes) -> int:
    """A number of kB. Raises ValueError if it is not there."""
    start = text.index(name) + len(name)
    return int(text[start : text.index(b"kB", start)]) * 1024
