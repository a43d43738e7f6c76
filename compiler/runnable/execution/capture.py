"""Capturing what tasks print: it is shown as it comes, and written to the attempt's log.

While a run lasts, `sys.stdout` and `sys.stderr` are tees. Logging handlers that were made before the run, and so hold
the streams that were there, are pointed at the tees; a tee that outlives its run just passes on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Literal, TextIO, cast

from runnable_runtime.redaction import Redactor, StreamRedactor

StreamName = Literal["stdout", "stderr"]


class LogFile:
    """The log of one attempt, made with the first thing that is written to it; nothing at all for no path.

    What cannot be written is left out, and the reason reported once to `on_error`: a full disk is no fault of the task.
    With a `redactor` secrets do not get into it.
    """

    __slots__ = ("_descriptor", "_on_error", "_path", "_redactor", "written")

    def __init__(self, path: Path | None, on_error: Callable[[str], None], redactor: Redactor | None = None) -> None:
        self._redactor = redactor.bytes_stream() if redactor else None
        self._path = path
        self._on_error = on_error
        self._descriptor = -1
        self.written = False

    def write(self, data: bytes) -> None:
        """Add `data`."""
        self._write(self._redactor.feed(data) if self._redactor else data)

    def _write(self, data: bytes) -> None:
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
        if self._redactor is not None:
            self._write(self._redactor.finish())
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._path = None


def ends_a_line(log: Path) -> bool:
    """Whether what is written to `log` next is on a line of its own."""
    try:
        with log.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() == b"\n"
    except OSError:  # there is none, or it is empty
        return True


@dataclass(frozen=True, slots=True)
class _Copy:
    """Where a copy of what is printed goes, and what is passed on goes through; the log has a redactor of its own."""

    log: LogFile
    redactor: StreamRedactor | None


_copies: ContextVar[Mapping[StreamName, _Copy]] = ContextVar("copies", default=MappingProxyType({}))
"""By the stream's name, for tasks that run at the same time in one process."""


class Tee:
    """The standard stream `name`: passes everything to `target`, and a copy to a log while there is one.

    `copy` is for all that is printed; one of the present context is stronger.
    """

    def __init__(self, name: StreamName, target: TextIO) -> None:
        self.name = name
        self.target = target
        self.copy: _Copy | None = None

    @property
    def present(self) -> _Copy | None:
        """Where a copy goes at present."""
        return _copies.get().get(self.name, self.copy)

    def write(self, text: str) -> int:
        """Write `text` to both."""
        copy = self.present
        self.target.write(copy.redactor.feed(text) if copy and copy.redactor else text)
        if copy is not None:
            copy.log.write(text.encode("utf-8", "backslashreplace"))
        return len(text)

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
        copy = self._tee.present
        if copy is not None and copy.redactor is not None:
            self._tee.write(bytes(data).decode("utf-8", "backslashreplace"))
            return len(data)
        self._tee.target.flush()
        count = self._target.write(data)
        if copy is not None:
            copy.log.write(bytes(data))
        return count

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


class Capture:
    """The two tees of a run."""

    def __init__(self, stdout: Tee, stderr: Tee) -> None:
        self.stdout = stdout
        self.stderr = stderr

    @contextmanager
    def into(self, log: LogFile, redactor: Redactor | None = None, *, for_context: bool = False) -> Iterator[None]:
        """Copy what is printed into `log` for a while, and show it, without secrets, at once by the end.

        With `for_context`, what is printed in the present context (`contextvars`), and not what other tasks print.
        """
        tees = (self.stdout, self.stderr)
        copies = {tee.name: _Copy(log, redactor.stream() if redactor else None) for tee in tees}
        token = _copies.set(copies) if for_context else None
        if not for_context:
            for tee in tees:
                tee.copy = copies[tee.name]
        try:
            yield
        finally:
            for tee in tees:
                stream = copies[tee.name].redactor
                if stream is not None:
                    tee.target.write(stream.finish())
                if not for_context:
                    tee.copy = None
                flush(tee)
            if token is not None:
                _copies.reset(token)

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
    """Replace `sys.stdout` and `sys.stderr` by tees while the block runs."""
    stdout, stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    capture = Capture(Tee("stdout", _innermost(stdout)), Tee("stderr", _innermost(stderr)))
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
