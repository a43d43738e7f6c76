"""Mutexes and semaphores of one run that only takes time; other runs hold none."""

from __future__ import annotations

from collections import Counter
from dataclasses import field

from runnable.ir.nodes import Locks
from runnable_runtime.deferred import dataclass


@dataclass(slots=True)
class Held:
    """Which locks are held, by the keys of those that hold them; see `execution.waiting.TakesLocks`."""

    _by: dict[str, Locks] = field(default_factory=dict)
    _places: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, key: str, locks: Locks, who: str, where: str) -> bool:
        """Take all of `locks` for `key`, or none."""
        if key in self._by or locks == Locks():
            return True
        wanted = _wanted(locks)
        if any(self._places[one] >= most for one, most in wanted):
            return False
        self._places.update(one for one, _ in wanted)
        self._by[key] = locks
        return True

    def release(self, key: str) -> bool:
        """Give back what `key` has; whether it had something."""
        locks = self._by.pop(key, None)
        if locks is None:
            return False
        self._places.subtract(one for one, _ in _wanted(locks))
        return True


def _wanted(locks: Locks) -> list[tuple[tuple[str, str], int]]:
    found = [(("mutex", locks.mutex), 1)] if locks.mutex is not None else []
    return [*found, *((("semaphore", name), int(limit)) for name, limit in locks.semaphore)]
