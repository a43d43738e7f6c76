"""The attempts at a pod's tasks that are under way, to be ended together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from runnable_runtime.fused.births import Attempt, NurseryDied


class Running:
    """Keeps what is under way. `stopped`: nothing is to begin any more."""

    def __init__(self) -> None:
        self._attempts: set[Attempt] = set()
        self._lock = threading.Lock()
        self.stopped = False

    @contextmanager
    def started(self, attempt: Attempt) -> Iterator[None]:
        """While the block runs, the attempt is under way; then what is left of it is ended."""
        with self._lock:
            self._attempts.add(attempt)
            stopped = self.stopped
        try:
            if stopped:
                attempt.terminate()
            yield
        finally:
            attempt.kill()
            with suppress(NurseryDied):
                attempt.wait()
            with self._lock:
                self._attempts.discard(attempt)

    def stop(self, grace: float) -> None:
        """Ask all to end, and end them after `grace` seconds."""
        with self._lock:
            self.stopped = True
            under_way = list(self._attempts)
        for attempt in under_way:
            attempt.terminate()
        for attempt in under_way:
            attempt.wait(grace)
            attempt.kill()
