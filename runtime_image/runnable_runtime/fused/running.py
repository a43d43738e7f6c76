"""The processes of a pod's tasks that are under way, to be ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Running:
    """Keeps what is under way. `stopped`: nothing is to begin any more."""

    def __init__(self) -> None:
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self.stopped = False

    @contextmanager
    def started(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """While the block runs, the process is under way; then what it has left in its group is ended."""
        with self._lock:
            self._processes.add(process)
            stopped = self.stopped
        try:
            if stopped:
                process.terminate()
            yield
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            with self._lock:
                self._processes.discard(process)

    def stop(self, grace: float) -> None:
        """Ask all to end, and end them after `grace` seconds."""
        with self._lock:
            self.stopped = True
            under_way = list(self._processes)
        for process in under_way:
            process.terminate()
        for process in under_way:
            with suppress(subprocess.TimeoutExpired):
                process.wait(grace)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
