"""How often Python looks for garbage while a command works that ends soon."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from runnable_runtime.garbage import seldom

_is_again = False


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for garbage seldom, and never in what is there now: a compilation leaves hardly any, and each look costs.

    In a process that does so again, what it has left is looked at: else it would be kept each time.
    """
    global _is_again
    if not _is_again:
        gc.freeze()
    try:
        with seldom():
            yield
    finally:
        if not _is_again:
            gc.unfreeze()
        _is_again = True
