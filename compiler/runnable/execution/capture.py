"""What a task prints: shown as it comes, and written to the attempt's log.

While a run lasts, `sys.stdout` and `sys.stderr` are tees. Logging handlers that were made before the run, and so hold
the streams that were there, are pointed at the tees; a tee that outlives its run just passes on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TextIO, cast


class LogFile:
    """The log of one attempt, made with the first thing that is written to it; nothing at all for no path.

    What cannot be written is left out, and the reason reported once to `on_error`: a full disk is no fault of the task.
    """

    __slots__ = ("_descriptor", "_on_error", "_path", "written")

    def __init__(self, path: Path | None, on_error: Callable[[str], None]) -> None:
        self._path = path
        self._on_error = on_error
        self._descriptor = -1
        self.written = False

    def write(self, data: bytes) -> None:
        """Add `data`."""
        if self._path is None or not data:
            return
        try:
            if self._descriptor < 0:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
            while data:
                data = data[os.write(self._descriptor, data) :]
            self.written = True
        except OSError as error:
            self._on_error(f"cannot write the log {self._path}: {error.strerror or error}")
            self._path = None

    def close(self) -> None:
        """End the log."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._path = None


class Tee:
    """A text stream that passes everything to `target`, and a copy to `log` while there is one."""

    def __init__(self, target: TextIO) -> None:
        self.target = target
        self.log: LogFile | None = None

    def write(self, text: str) -> int:
        """Write `text` to both."""
        count = self.target.write(text)
        if self.log is not None:
            self.log.write(text.encode("utf-8", "backslashreplace"))
        return count

    def writelines(self, lines: Iterator[str]) -> None:
        """Write each of `lines` to both."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> _TeeBuffer:
        """The binary stream below, as a tee too."""
        return _TeeBuffer(self, self.target.buffer)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.target, name)


class _TeeBuffer:
    def __init__(self, tee: Tee, target: IO[bytes]) -> None:
        self._tee = tee
        self._target = target

    def write(self, data: bytes) -> int:
        self._tee.target.flush()
        count = self._target.write(data)
        if self._tee.log is not None:
            self._tee.log.write(bytes(data))
        return count

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


class Capture:
    """The two tees of a run."""

    def __init__(self, stdout: Tee, stderr: Tee) -> None:
        self.stdout = stdout
        self.stderr = stderr

    @contextmanager
    def into(self, log: LogFile) -> Iterator[None]:
        """Copy what is printed into `log` for a while, and show it at once by the end."""
        self.stdout.log = self.stderr.log = log
        try:
            yield
        finally:
            self.stdout.log = self.stderr.log = None
            for tee in (self.stdout, self.stderr):
                flush(tee)

    def redirect(self, stdout: TextIO, stderr: TextIO) -> None:
        """Pass everything to other streams from now on: used in a worker, which has pipes in their place."""
        self.stdout.target, self.stderr.target = stdout, stderr
        sys.stdout, sys.stderr = cast("TextIO", self.stdout), cast("TextIO", self.stderr)


def flush(stream: Any) -> None:
    """Flush a stream if it is one and can be: the user may have closed it, or its reader be gone."""
    try:
        stream.flush()
    except (AttributeError, OSError, ValueError):
        return


@contextmanager
def captured() -> Iterator[Capture]:
    """Have tees as `sys.stdout` and `sys.stderr` for a while."""
    stdout, stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    capture = Capture(Tee(_innermost(stdout)), Tee(_innermost(stderr)))
    _point_logging_at(capture, stdout, stderr)
    sys.stdout, sys.stderr = cast("TextIO", capture.stdout), cast("TextIO", capture.stderr)
    try:
        yield capture
    finally:
        # only what is still ours: the user's code may have put its own in place
        if sys.stdout is cast("object", capture.stdout):
            sys.stdout = stdout
        if sys.stderr is cast("object", capture.stderr):
            sys.stderr = stderr


def _innermost(stream: Any) -> TextIO:
    while isinstance(stream, Tee):
        stream = stream.target
    return cast("TextIO", stream)


def _nowhere() -> TextIO:
    return open(os.devnull, "w")  # noqa: PTH123 - it stands in for a stream that a windowed Python lacks


def _point_logging_at(capture: Capture, stdout: TextIO, stderr: TextIO) -> None:
    logging = sys.modules.get("logging")
    if logging is None:
        return
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    for logger in loggers:
        for handler in getattr(logger, "handlers", ()):
            stream = getattr(handler, "stream", None)
            target = _innermost(stream) if stream is not None else None
            if target is _innermost(stdout):
                handler.stream = capture.stdout
            elif target is _innermost(stderr):
                handler.stream = capture.stderr
