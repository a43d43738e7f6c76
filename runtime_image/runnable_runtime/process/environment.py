"""Temporary environment variables of this process, for several runs and tasks at the same time, which end in any order.

The last one that began and has not ended decides what a variable is. When all have ended, it is what it was.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from runnable_runtime.deferred import pattern

_STEERING = pattern(r"PATH|IFS|BASH_ENV|(BASH|SHELL)OPTS|(LD|DYLD)_[A-Z_]+|PYTHON(PATH|HOME|STARTUP)|RUNNABLE_\w+")
"""Variables that decide which programs and libraries run, or that are this project's: no parameter replaces them."""
_lock = threading.RLock()
_active: list[Mapping[str, str | None]] = []
_before: dict[str, str | None] = {}


@contextmanager
def variables(values: Mapping[str, str | None]) -> Iterator[None]:
    """Set `values` in `os.environ` while the block runs; None removes a variable."""
    layer = dict(values)
    with _lock:
        for name in layer:
            _before.setdefault(name, os.environ.get(name))
        _active.append(layer)
        _apply(layer)
    try:
        yield
    finally:
        with _lock:
            del _active[next(index for index, one in enumerate(_active) if one is layer)]
            _apply(layer)


def _apply(names: Mapping[str, str | None]) -> None:
    """Set each of `names` as the last active layer that has it says."""
    for name in names:
        layer = next((one for one in reversed(_active) if name in one), None)
        value = layer[name] if layer is not None else _before.pop(name)
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def steers(name: str) -> bool:
    """Whether an environment variable called `name` decides what a command runs, so that no parameter may be it."""
    return _STEERING.fullmatch(name) is not None
