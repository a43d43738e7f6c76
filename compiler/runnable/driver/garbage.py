"""How often Python looks for garbage while a command works that ends soon."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 100_000
"""Further objects after which it looks among the new ones: a program of 1,000 tasks has as many."""
_is_again = False


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for garbage seldom, and never in what is there now: a compilation leaves hardly any, and each look costs.

    In a process that does so again, what it has left is looked at: else it would be kept each time.
    """
    global _is_again
    before = gc.get_threshold()
    if not _is_again:
        gc.freeze()
    gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if not _is_again:
            gc.unfreeze()
        _is_again = True
