"""Ending a worker when its parent is gone, whatever ended that: on Linux, where the kernel does it on request."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import cache

_PR_SET_PDEATHSIG = 1


@cache
def end_with_parent() -> Callable[[int], None]:
    """A function for the worker to call with its parent's id. It is made before the fork, since it loads a library."""
    if sys.platform != "linux":
        return lambda parent: None
    try:
        import ctypes

        prctl = ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):  # a Python or a system without it: workers then end by themselves
        return lambda parent: None

    def request(parent: int) -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:  # it died before it could be asked for
            os.kill(os.getpid(), signal.SIGTERM)

    return request
