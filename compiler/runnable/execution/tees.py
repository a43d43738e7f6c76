"""The standard streams as tees: what is printed is shown, and is in the log of whoever prints it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from contextvars import ContextVar
from typing import IO, Any, TextIO

from runnable.execution.descriptors import Descriptors, StreamName
from runnable.execution.log_file import LogFile
from runnable_runtime.redaction import Redactor

LOCK = threading.RLock()
"""Held while something is shown and logged, and while the process forks: a child never gets it locked."""


class Output:
    """What one attempt prints: `log` gets it, and where it is shown nothing of `redactor` is."""

    def __init__(self, log: LogFile, redactor: Redactor | None) -> None:
        self.log = log
        self.around = OUTPUTS.get(None)
        self.redactor = redactor
        self.by_script = threading.current_thread() is threading.main_thread()
        self.texts = {name: redactor.stream() for name in STREAMS} if redactor else {}
        self._bytes = {name: redactor.bytes_stream() for name in STREAMS} if redactor else {}
        self._descriptors: Descriptors | None = None
        self._shown: set[StreamName] = set()

    def catch(self, tees: Iterable[Tee]) -> None:
        """Catch what is written to the standard descriptors, which some of `tees` write to."""
        self._descriptors = Descriptors(self._take)
        self._shown = {tee.name for tee in tees if _number(tee.target) == self._descriptors.number(tee.name)}

    def descriptors(self, name: StreamName) -> Descriptors | None:
        """The caught descriptors, if the stream `name` writes to one of them."""
        return self._descriptors if name in self._shown else None

    def write(self, data: bytes) -> None:
        """Add `data` to the log, and to that of the task in whose midst this one runs."""
        self.log.write(data)
        if self.around is not None:
            self.around.write(data)

    def drain(self) -> None:
        """Take what has been written to the descriptors."""
        if self._descriptors is not None:
            self._descriptors.drain()

    def end(self) -> None:
        """Take the rest, and leave the descriptors as they were."""
        if self._descriptors is None:
            return
        self._descriptors.end()
        for name, stream in self._bytes.items():
            with suppress(OSError):
                os.write(1 if name == "stdout" else 2, stream.finish())
        self._descriptors = None
        self._shown = set()

    def _take(self, name: StreamName, data: bytes) -> None:
        assert self._descriptors is not None
        self.log.write(data)
        self._descriptors.show(name, self._bytes[name].feed(data) if self._bytes else data)


STREAMS: tuple[StreamName, StreamName] = ("stdout", "stderr")
OUTPUTS: ContextVar[Output | None] = ContextVar("output")
"""Of the present context; None in that of a run, which prints for itself, unless it is a task that runs it."""
HERE: list[Output] = []
"""Of the tasks that run in this process one at a time: the last of them, and those around it that run pipelines."""


class Tee:
    """The standard stream `name`: shows everything on `target`, and writes it to the log of whoever prints it.

    `target` may not be able to show it: it is closed, its reader has gone, or its encoding lacks a character, which
    then is shown by its number. That is no fault of who prints.
    """

    def __init__(self, name: StreamName, target: TextIO) -> None:
        self.name = name
        self.target = target
        self.users = 0
        self.before: Any = target
        self._is_terminal: bool | None = None

    @property
    def present(self) -> Output | None:
        """What is printed now belongs to this; None: to no task."""
        return OUTPUTS.get(HERE[-1] if HERE and HERE[-1].by_script else None)

    def write(self, text: str) -> int:
        """Write `text` to both."""
        output = self.present
        with LOCK:
            if output is None:
                self.show(text, HERE[0].descriptors(self.name) if HERE else None)
                return len(text)
            output.drain()
            descriptors = output.descriptors(self.name)
            if descriptors is not None and descriptors.is_child:
                descriptors.show(self.name, text.encode("utf-8", "backslashreplace"))
                return len(text)
            (output.write if descriptors is None else output.log.write)(text.encode("utf-8", "backslashreplace"))
            self.show(output.texts[self.name].feed(text) if output.texts else text, descriptors)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of `lines` to both."""
        for line in lines:
            self.write(line)

    def show(self, text: str, descriptors: Descriptors | None) -> None:
        """Write `text` to the target, which `descriptors` has caught, if given."""
        encoding = getattr(self.target, "encoding", None) or "utf-8"
        if descriptors is not None:
            descriptors.show(self.name, text.encode(encoding, "backslashreplace"))
            return
        with suppress(OSError, ValueError):
            try:
                self.target.write(text)
            except UnicodeEncodeError:
                self.target.write(text.encode(encoding, "backslashreplace").decode(encoding))

    @property
    def buffer(self) -> _TeeBuffer:
        """The binary stream below, as a tee too."""
        return _TeeBuffer(self, self.target.buffer)

    def isatty(self) -> bool:
        """Whether it is shown on a terminal, also while its descriptor is caught."""
        if self._is_terminal is None or not HERE:
            try:
                self._is_terminal = self.target.isatty()
            except (AttributeError, OSError, ValueError):
                self._is_terminal = False
        return self._is_terminal

    def close(self) -> None:
        """Nothing but a flush: it is the stream of the whole process."""
        flush(self.target)

    def renew(self) -> None:
        """Have another target where a task has closed this one."""
        if _number(self.target) is None and _number(getattr(sys, f"__{self.name}__")) is None and not HERE:
            number = 1 if self.name == "stdout" else 2
            with suppress(OSError):
                self.target = open(number, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115

    def __getattr__(self, name: str) -> Any:
        return getattr(self.target, name)


def _number(stream: Any) -> int | None:
    """The descriptor that `stream` writes to; None where there is none, or it is closed."""
    try:
        number: int = stream.fileno()
        return number
    except (AttributeError, OSError, ValueError):
        return None


class _TeeBuffer:
    def __init__(self, tee: Tee, target: IO[bytes]) -> None:
        self._tee = tee
        self._target = target

    def write(self, data: bytes) -> int:
        tee, output = self._tee, self._tee.present
        if output is not None and output.redactor is not None:
            tee.write(bytes(data).decode("utf-8", "backslashreplace"))
            return len(data)
        with LOCK:
            shows = output or (HERE[0] if HERE else None)
            descriptors = shows.descriptors(tee.name) if shows else None
            if output is not None and (descriptors is None or not descriptors.is_child):
                output.drain()
                (output.write if descriptors is None else output.log.write)(bytes(data))
            if descriptors is not None:
                descriptors.show(tee.name, bytes(data))
                return len(data)
            with suppress(OSError, ValueError):
                tee.target.flush()
                self._target.write(data)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


def flush(stream: Any) -> None:
    """Flush a stream if it is one and can be: the user may have closed it, or its reader be gone."""
    try:
        stream.flush()
    except (AttributeError, OSError, ValueError):
        return


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=LOCK.release)
