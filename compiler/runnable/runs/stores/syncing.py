"""Making what was written to a file durable beside other work: one sync for all that was written before it began."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

_PAUSE = 0.005
"""Seconds from one sync to the next, where nobody waits: hundreds of tasks may end in one."""


class Syncing:
    """A thread that calls `sync` when it is asked to, once for all who asked since it last began; made when needed.

    It is used from one other thread. What `sync` raises is raised there, by `done`.
    """

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        lock = threading.Lock()
        self._wanted, self._hurry, self._ended = (threading.Condition(lock) for _ in range(3))
        self._asked = self._done = 0
        self._error: Exception | None = None
        self._thread: threading.Thread | None = None
        self._over = self._urgent = False

    def ask(self) -> int:
        """Have what is written by now made durable; the number by which `done` knows it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="runnable-sync", daemon=True)
            self._thread.start()
        with self._wanted:
            self._asked += 1
            self._wanted.notify()
            return self._asked

    @property
    def following(self) -> int:
        """The number that the next `ask` will give."""
        return self._asked + 1

    def done(self, *, wait: bool) -> int:
        """Up to which number all is durable; with `wait` that is all. Raises what `sync` has raised."""
        with self._ended:
            while wait and self._done < self._asked and self._error is None:
                self._urgent = True
                self._hurry.notify()
                self._ended.wait()
            if self._error is not None:
                raise self._error
            return self._done

    def close(self) -> None:
        """End the thread, with what it was asked for."""
        if self._thread is None:
            return
        with suppress(Exception):
            self.done(wait=True)
        with self._wanted:
            self._over = True
            self._wanted.notify()
            self._hurry.notify()
        self._thread.join()
        self._thread = None

    def _serve(self) -> None:
        while True:
            with self._wanted:
                while self._done == self._asked and not self._over:
                    self._wanted.wait()
                asked, self._urgent = self._asked, False
                if self._over:
                    return
            error: Exception | None = None
            try:
                self._sync()
            except Exception as raised:  # whoever asks for it has it
                error = raised
            with self._ended:
                self._done, self._error = asked, error
                self._ended.notify()
                if error is not None:
                    return
                if not self._urgent and not self._over:
                    self._hurry.wait(_PAUSE)
