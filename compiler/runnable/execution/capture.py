"""Capturing what tasks print in this process: it is shown as it comes, and written to the attempt's log.

While a run lasts, `sys.stdout` and `sys.stderr` are tees, and while a task runs, descriptors 1 and 2 are caught
(`descriptors`). What is printed belongs to the attempt in whose context it is printed, or that of the thread that has
started the present one. Without one, as in a thread that the script has started, it belongs to the task that runs here,
if the run is that of the main thread: a server that runs pipelines in threads prints for itself.
Logging handlers that hold the streams that were there are pointed at the tees.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, TextIO, cast

from runnable.execution.descriptors import POSSIBLE, StreamName, open_standard
from runnable.execution.log_file import LogFile, check_log_limit
from runnable.execution.tees import HERE, LOCK, OUTPUTS, STREAMS, Output, Tee, flush
from runnable_runtime.redaction import Redactor

__all__ = ["Capture", "StreamName", "Tee", "captured", "flush", "ready_to_print"]

_turns: ContextVar[threading.Lock] = ContextVar("turns", default=threading.Lock())  # noqa: B039 - one for the process
"""Held by the task that runs in this process; what runs inside of it has another one."""
_LOOK_EVERY = 0.05
"""Seconds between two looks at what was written to the descriptors, beside those that every print takes."""


class Capture:
    """The two tees of a run."""

    def __init__(self, stdout: Tee, stderr: Tee) -> None:
        self.stdout = stdout
        self.stderr = stderr

    @contextmanager
    def turn(self, seconds: float) -> Iterator[bool]:
        """Be the one task that runs in this process while the block runs; False if that takes more than `seconds`.

        Folder, environment, streams and descriptors are those of the whole process: two tasks, of runs in two threads,
        would change them under each other's hands. A task that itself runs a pipeline does not wait for itself.
        """
        lock = _turns.get()
        if not lock.acquire(timeout=seconds):
            yield False
            return
        token = _turns.set(threading.Lock())
        try:
            yield True
        finally:
            _turns.reset(token)
            lock.release()

    @contextmanager
    def into(self, log: LogFile, redactor: Redactor | None = None, *, alone: bool = True) -> Iterator[None]:
        """Have what is printed be in `log`, and show it, without secrets, at once by the end.

        Not `alone` is a task beside which others run in this process: what is printed in its context belongs to it, and
        what others print, and what is written to the descriptors, does not.
        """
        output = Output(log, redactor)
        self._flush()
        token = OUTPUTS.set(output)
        if alone:
            with LOCK:
                self.stdout.isatty(), self.stderr.isatty()
                if POSSIBLE:
                    output.catch((self.stdout, self.stderr))
                HERE.append(output)
        try:
            yield
        finally:
            self._flush()
            OUTPUTS.reset(token)
            with LOCK:
                for tee in (self.stdout, self.stderr):
                    if output.texts:
                        tee.show(output.texts[tee.name].finish(), output.descriptors(tee.name))
                if alone:
                    output.end()
                    HERE.remove(output)
                for tee in (self.stdout, self.stderr):
                    tee.renew()
            self._flush()

    def _flush(self) -> None:
        for stream in (sys.__stdout__, sys.__stderr__, self.stdout, self.stderr):
            flush(stream)

    def redirect(self, stdout: TextIO, stderr: TextIO) -> None:
        """Pass everything to other streams from now on: used in a worker, which has pipes in their place."""
        HERE.clear()
        self.stdout.target, self.stderr.target = stdout, stderr
        sys.stdout, sys.stderr = cast("TextIO", self.stdout), cast("TextIO", self.stderr)


@contextmanager
def ready_to_print() -> Iterator[None]:
    """For a run: what is printed in this context belongs to no task, unless it is one that runs the pipeline.

    The standard descriptors are open, if only to nothing. Raises ConfigurationError if RUNNABLE_LOG_LIMIT is no size.
    """
    check_log_limit()
    open_standard()
    token = OUTPUTS.set(OUTPUTS.get(None))
    try:
        yield
    finally:
        OUTPUTS.reset(token)


@contextmanager
def captured() -> Iterator[Capture]:
    """Have tees as `sys.stdout` and `sys.stderr` while the block runs; runs in several threads share them."""
    tees = {name: _begin(name) for name in STREAMS}
    try:
        with _looking(), ready_to_print():
            yield Capture(tees["stdout"], tees["stderr"])
    finally:
        for tee in tees.values():
            _end(tee)


def _begin(name: StreamName) -> Tee:
    with LOCK:
        stream = getattr(sys, name)
        tee: Tee = stream if isinstance(stream, Tee) else Tee(name, stream or _nowhere())
        if not tee.users:
            tee.before = stream
            _point_logging_at(tee, stream)
            setattr(sys, name, tee)
        tee.users += 1
        return tee


def _end(tee: Tee) -> None:
    with LOCK:
        tee.users -= 1
        # only what is still ours: the user's code may have put its own in place
        if not tee.users and getattr(sys, tee.name) is tee:
            setattr(sys, tee.name, tee.before)


@contextmanager
def _looking() -> Iterator[None]:
    """See to what is written to the descriptors, and to which task a thread belongs, while runs last."""
    with LOCK:
        _watch.users += 1
        if _watch.users == 1:
            _watch.begin()
    try:
        yield
    finally:
        with LOCK:
            _watch.users -= 1
            thread = _watch.end() if not _watch.users else None
        if thread is not None:
            thread.join()


class _Watch:
    """A thread that looks at the descriptors, while there are `users`."""

    def __init__(self) -> None:
        self.users = 0
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        self._over = threading.Event()
        if POSSIBLE:
            self._thread = threading.Thread(target=self._look, args=(self._over,), name="runnable-output", daemon=True)
            self._thread.start()
        setattr(threading.Thread, "start", _start_in_context)  # noqa: B010 - which mypy would not have

    def end(self) -> threading.Thread | None:
        setattr(threading.Thread, "start", _start)  # noqa: B010
        self._over.set()
        thread, self._thread = self._thread, None
        return thread

    def _look(self, over: threading.Event) -> None:
        while not over.wait(_LOOK_EVERY):
            with LOCK:
                for output in reversed(HERE):
                    output.drain()


_watch = _Watch()
_start = threading.Thread.start


def _start_in_context(thread: threading.Thread) -> None:
    """Start a thread; one that a task starts is in the task's context."""
    if OUTPUTS.get(None) is not None:
        context, run = copy_context(), thread.run
        thread.run = lambda: context.run(run)  # type: ignore[method-assign]
    _start(thread)


def _nowhere() -> TextIO:
    return open(os.devnull, "w")  # noqa: PTH123 - it stands in for a stream that a windowed Python lacks


def _point_logging_at(tee: Tee, stream: Any) -> None:
    logging = sys.modules.get("logging")
    if logging is None or stream is None:
        return
    for logger in (logging.root, *list(logging.root.manager.loggerDict.values())):
        for handler in getattr(logger, "handlers", ()):
            held = getattr(handler, "stream", None)
            if held is stream or (isinstance(held, Tee) and held is not tee and held.target is stream):
                handler.stream = tee
