"""Not looking for garbage while modules are loaded and a run is prepared: there is none, and each look costs.

Python looks through all objects that are new each time that there are 700 more, which loading a module makes. What a
user has set is not touched: where the looking is off already, it stays off.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 100_000
"""Pandas makes 60,000; a program of 1,000 tasks has as many."""
_paused = False


def pause() -> None:
    """Have no look from now on, until `resume` or `settle`."""
    global _paused
    if gc.isenabled():
        gc.disable()
        _paused = True


@contextmanager
def paused() -> Iterator[None]:
    """Have no look meanwhile, until the end of the block, or until `resume` is called in it."""
    pause()
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


def settle() -> None:
    """End what `pause` has begun, and never look among what is there by now: of a process with nothing of a user's yet.

    It is there until the end, where Python would look through it three times more.
    """
    if _paused:
        gc.freeze()
        resume()


@contextmanager
def seldom() -> Iterator[None]:
    """Have a look only for each `_OBJECTS` new ones while modules are loaded, or much is made that stays.

    What code in the block sets itself is left.
    """
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS, *before[1:])
    meanwhile = gc.get_threshold()
    try:
        yield
    finally:
        if gc.get_threshold() == meanwhile:
            gc.set_threshold(*before)
