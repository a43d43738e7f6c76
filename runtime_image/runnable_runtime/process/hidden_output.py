"""Keeping secrets out of everything that a pod's task prints: from Python, from a library, from a child process.

    task ── descriptors 1 and 2 ──► pipes ──► a process that redacts ──► where 1 and 2 went, and the task's log

It is a process and not a thread: code that prints while it holds Python's lock would wait for a thread for ever.
"""

from __future__ import annotations

import os
import selectors
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from runnable_runtime.process.capped_log import DEFAULT_LIMIT, CappedLog, log_limit

if TYPE_CHECKING:
    from runnable_runtime.redaction import BytesRedactor, Redactor

_CHUNK = 64 * 1024
_LAST_WORDS = 5.0
"""Seconds to wait for what is left in the pipes, which a process in the background may hold open."""


def hide(redactor: Redactor | None, log: Path | None = None) -> Callable[[], None]:
    """Have all that this process, and those that it starts, print from now on go through `redactor`, if there is one.

    A copy goes to the file `log`, as long as it can be written. The result ends that: it shows all that is under way,
    and what is printed afterwards goes where it went before.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    pipes = [os.pipe(), os.pipe()]
    process = os.fork()
    if process == 0:
        _redact(redactor, log, pipes)
    kept = (os.dup(1), os.dup(2))
    for descriptor, (read, write) in zip((1, 2), pipes, strict=True):
        os.dup2(write, descriptor)
        os.close(write)
        os.close(read)

    def finish() -> None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        for descriptor, before in zip((1, 2), kept, strict=True):
            os.dup2(before, descriptor)
            os.close(before)
        _wait(process)

    return finish


def _wait(process: int) -> None:
    deadline = time.monotonic() + _LAST_WORDS
    while time.monotonic() < deadline:
        with suppress(ChildProcessError):
            if os.waitpid(process, os.WNOHANG)[0] == 0:
                time.sleep(0.005)
                continue
        return


def _redact(redactor: Redactor | None, log: Path | None, pipes: list[tuple[int, int]]) -> NoReturn:
    """The process that redacts, until nothing can be printed any more. It ignores signals that ask the task to end."""
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        copy = _Log(log)
        with selectors.DefaultSelector() as selector:
            for target, (read, write) in zip((1, 2), pipes, strict=True):
                os.close(write)
                stream = redactor.bytes_stream() if redactor else None
                selector.register(read, selectors.EVENT_READ, (target, stream, copy))
            while selector.get_map():
                for key, _ in selector.select():
                    if not _pass_on(key.fd, *key.data):
                        selector.unregister(key.fd)
        copy.close()
    finally:
        os._exit(0)


class _Log:
    """The file that copies go to. Where it cannot be written any more, it ends there: that is no fault of the task."""

    def __init__(self, path: Path | None) -> None:
        self._file: CappedLog | None = None
        if path is not None:
            with suppress(OSError):
                self._file = CappedLog(path, _limit(), 0o600)

    def write(self, data: bytes) -> None:
        """Add `data`."""
        try:
            if data and self._file is not None:
                self._file.write(data)
        except OSError:
            self._file = None

    def close(self) -> None:
        """End it."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()


def _limit() -> int:
    """The longest log; the usual one where the pod's variable says nothing that can be understood."""
    try:
        return log_limit()
    except ValueError:
        return DEFAULT_LIMIT


def _pass_on(source: int, target: int, stream: BytesRedactor | None, log: _Log) -> bool:
    """Pass one piece on; False at the end."""
    data = os.read(source, _CHUNK)
    shown = data
    if stream is not None:
        shown = stream.feed(data) if data else stream.finish()
    log.write(shown)
    while shown:
        shown = shown[os.write(target, shown) :]
    return bool(data)
