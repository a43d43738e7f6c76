"""The log of one attempt: what its task prints, without secrets, up to a limit."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.errors import ConfigurationError
from runnable_runtime.process.capped_log import DEFAULT_LIMIT, LIMIT_VARIABLE, CappedLog, log_limit
from runnable_runtime.redaction import Redactor


class LogFile:
    """The log of one attempt, made with the first thing that is written to it; nothing at all for no path.

    What cannot be written is left out, and the reason reported once to `on_error`: a full disk is no fault of the task.
    With a `redactor` secrets do not get into it.
    """

    __slots__ = ("_file", "_on_error", "_path", "_redactor", "written")

    def __init__(self, path: Path | None, on_error: Callable[[str], None], redactor: Redactor | None = None) -> None:
        self._redactor = redactor.bytes_stream() if redactor else None
        self._path = path
        self._on_error = on_error
        self._file: CappedLog | None = None
        self.written = False

    def write(self, data: bytes) -> None:
        """Add `data`."""
        self._write(self._redactor.feed(data) if self._redactor else data)

    def _write(self, data: bytes) -> None:
        if self._path is None or not data:
            return
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = CappedLog(self._path, _limit())
            self._file.write(data)
            self.written = True
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """End the log."""
        if self._redactor is not None:
            self._write(self._redactor.finish())
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self._fail(error)
            self._file = None
        self._path = None

    def _fail(self, error: OSError) -> None:
        path, self._path = self._path, None  # first: what is reported may be printed into this very log
        self._on_error(f"cannot write the log {path}: {error.strerror or error}")


def check_log_limit() -> None:
    """Raise ConfigurationError if RUNNABLE_LOG_LIMIT is no size."""
    try:
        log_limit()
    except ValueError as error:
        invalid = ConfigurationInvalid(file="the environment", key=LIMIT_VARIABLE, reason=str(error), known=())
        raise ConfigurationError([invalid]) from None


def _limit() -> int:
    try:
        return log_limit()
    except ValueError:  # the run has looked at it when it began: a task has set it since
        return DEFAULT_LIMIT


def ends_a_line(log: Path) -> bool:
    """Whether what is written to `log` next is on a line of its own."""
    try:
        with log.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() == b"\n"
    except OSError:  # there is none, or it is empty
        return True
