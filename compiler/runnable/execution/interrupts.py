"""Ctrl-C and the signals that ask to end: noted when they come, and acted upon when the record is consistent.

SIGTERM, SIGHUP (the terminal was closed) and SIGQUIT do what Ctrl-C does.

The first signal ends the run: the task that runs in this process gets a KeyboardInterrupt, workers are ended by the
scheduler. The second cuts the cleaning-up short. The third ends the process at once.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name))


class Interrupts:
    """The signals that have come. `listen` must be active for any to be noted."""

    def __init__(self) -> None:
        self._count = 0
        self._last: signal.Signals | None = None
        self._raise = False
        self._reason = ""
        self._process = os.getpid()

    @property
    def requested(self) -> bool:
        """Whether the run is to end."""
        return self._count > 0

    @property
    def impatient(self) -> bool:
        """Whether the run is to end at once, without waiting for tasks to clean up."""
        return self._count > 1

    @property
    def reason(self) -> str:
        """What the run was ended by, for messages."""
        if self._reason:
            return self._reason
        return "Ctrl-C" if self._last in (None, signal.SIGINT) else signal.Signals(self._last).name

    @property
    def listening(self) -> bool:
        """Whether Ctrl-C would be noted now; not in other threads, nor where user code has a handler of its own."""
        return signal.getsignal(signal.SIGINT) == self._note

    def request(self, reason: str) -> None:
        """End the run as a signal would, for `reason`. May be called from any thread."""
        self._reason = self._reason or reason
        self._count = max(1, self._count)

    @contextmanager
    def listen(self) -> Iterator[None]:
        """Note signals while the block runs, in the main thread only; a signal that is ignored stays ignored."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before: list[tuple[signal.Signals, Callable[[int, FrameType | None], Any] | int | None]] = []
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before.append((number, signal.signal(number, self._note)))
        try:
            yield
        finally:
            for number, handler in before:
                # None: the handler was not set from Python, and cannot be set again from here
                signal.signal(number, signal.SIG_DFL if handler is None else handler)

    @contextmanager
    def raising(self) -> Iterator[None]:
        """Let a signal raise KeyboardInterrupt here, since the user's code runs in this process."""
        self._raise = True
        try:
            yield
        finally:
            self._raise = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:  # a process that the user's code has forked
            _die(number)
        self._count += 1
        self._last = signal.Signals(number)
        if self._count > 2:
            _die(number)
        if self._raise:
            raise KeyboardInterrupt


def _die(number: int) -> None:
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
