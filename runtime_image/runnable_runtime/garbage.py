"""Not looking for garbage while modules are loaded and a run is prepared: there is none, and each look costs.

Python looks through all objects that are new each time that there are 700 more, which loading a module makes. What a
user has set is not touched: where the looking is off already, it stays off.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_paused = False


@contextmanager
def paused() -> Iterator[None]:
    """Have no look meanwhile, until the end of the block, or until `resume` is called in it."""
    global _paused
    if gc.isenabled():
        gc.disable()
        _paused = True
    try:
        yield
    finally:
        resume()


def resume() -> None:
    """End what `paused` has begun, also of another thread, which has a look more then than it would."""
    global _paused
    if _paused:
        _paused = False
        gc.enable()
