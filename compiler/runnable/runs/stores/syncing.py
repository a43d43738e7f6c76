"""Making what was written to a file durable beside other work: one sync for all that was written before it began."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress


class Syncing:
    """A thread that calls `sync` when it is asked to, once for all who asked since it last began; made when needed.

    It is used from one other thread. What `sync` raises is raised there, by `done`.
    """

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._changed = threading.Condition()
        self._asked = self._done = 0
        self._error: OSError | None = None
        self._thread: threading.Thread | None = None
        self._over = False

    def ask(self) -> int:
        """Have what is written by now made durable; the number by which `done` knows it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="runnable-sync", daemon=True)
            self._thread.start()
        with self._changed:
            self._asked += 1
            self._changed.notify_all()
            return self._asked

    def done(self, *, wait: bool) -> int:
        """Up to which number all is durable; with `wait` that is all. Raises OSError if it cannot be made so."""
        with self._changed:
            while wait and self._done < self._asked and self._error is None:
                self._changed.wait()
            if self._error is not None:
                raise self._error
            return self._done

    def close(self) -> None:
        """End the thread, with what it was asked for."""
        if self._thread is None:
            return
        with suppress(OSError):
            self.done(wait=True)
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join()
        self._thread = None

    def _serve(self) -> None:
        while True:
            with self._changed:
                while self._done == self._asked and not self._over:
                    self._changed.wait()
                asked = self._asked
                if self._over:
                    return
            error = None
            try:
                self._sync()
            except OSError as raised:
                error = raised
            with self._changed:
                self._done, self._error = asked, error
                self._changed.notify_all()
                if error is not None:
                    return
