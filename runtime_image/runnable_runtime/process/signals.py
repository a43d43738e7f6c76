"""SIGTERM: asking a task to end."""

from __future__ import annotations

import os
import signal
from types import FrameType

from runnable_runtime.failures import Stopped

EXIT_STOPPED = 128 + signal.SIGTERM


def stop_on_sigterm(grace: float | None = None) -> None:
    """From now on SIGTERM raises `Stopped` in the main thread, so that `finally` runs; a second one ends at once.

    Shell commands and notebook kernels are asked to end too. `grace` is how many seconds they get before they are
    killed; None leaves that to whoever stops this process, as Kubernetes does. Must be called in the main thread.
    """
    asked = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            os._exit(EXIT_STOPPED)
        asked = True
        raise Stopped(EXIT_STOPPED, grace)

    signal.signal(signal.SIGTERM, stop)
