"""What is written to descriptors 1 and 2 of this process: by child processes, C libraries, and ``sys.__stdout__``.

While a task runs in this process, the two lead into unnamed files, which are read from here: nobody ever waits for a
reader, whether he holds Python's lock or is a process that outlives the task. What is found is shown where the
descriptors went, and is the task's output.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from runnable_runtime.deferred import dataclass

StreamName = Literal["stdout", "stderr"]
_NUMBERS: dict[StreamName, int] = {"stdout": 1, "stderr": 2}
_CHUNK = 64 * 1024
_FOLDERS = ("TMPDIR", "TEMP", "TMP")
"""Variables that name the folder of temporary files, as `tempfile` reads them."""
POSSIBLE = hasattr(os, "pread")
"""Whether this system has what it takes: Windows has not."""


@dataclass(slots=True)
class _Caught:
    """One descriptor: the file that it leads into, read up to `position`, and where it went before."""

    number: int
    file: int
    before: int
    position: int = 0


class Descriptors:
    """The standard descriptors of this process, caught until `end`. `deliver` takes what was written, as it comes.

    A descriptor that is closed, or that cannot be caught since there are no others left, stays as it is.
    """

    def __init__(self, deliver: Callable[[StreamName, bytes], None]) -> None:
        self._deliver = deliver
        self._process = os.getpid()
        self._caught: dict[StreamName, _Caught] = {}
        for name, number in _NUMBERS.items():
            with suppress(OSError):
                self._caught[name] = _catch(number)

    @property
    def is_child(self) -> bool:
        """Whether this is a process that the task has forked, whose output this process's parent takes."""
        return os.getpid() != self._process

    def number(self, name: StreamName) -> int:
        """The descriptor that is caught as `name`; -1 if it is not."""
        return self._caught[name].number if name in self._caught else -1

    def drain(self) -> None:
        """Deliver what has been written since the last time."""
        if self.is_child:
            return
        for name, caught in self._caught.items():
            with suppress(OSError):  # the task has closed it
                while data := os.pread(caught.file, _CHUNK, caught.position):
                    caught.position += len(data)
                    self._deliver(name, data)

    def show(self, name: StreamName, data: bytes) -> None:
        """Write `data` where the descriptor went before; what cannot be written there is not shown."""
        caught = self._caught[name]
        target = caught.number if self.is_child else caught.before
        with suppress(OSError):
            while data:
                data = data[os.write(target, data) :]

    def end(self) -> None:
        """Have the descriptors lead where they led before, and deliver what is left."""
        if self.is_child:
            return
        for caught in self._caught.values():
            with suppress(OSError):
                os.dup2(caught.before, caught.number)
        open_standard()  # where the task has closed what they led to
        self.drain()
        for caught in self._caught.values():
            for descriptor in (caught.file, caught.before):
                with suppress(OSError):
                    os.close(descriptor)
        self._caught = {}


def open_standard() -> None:
    """Open those of the descriptors 0, 1 and 2 that are closed: the next file would be taken for a standard stream."""
    with suppress(OSError):
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(descriptor)


def _catch(number: int) -> _Caught:
    before = os.dup(number)
    try:
        file = unnamed_file()
        try:
            os.dup2(file, number)
        except OSError:
            os.close(file)
            raise
    except OSError:
        os.close(before)
        raise
    return _Caught(number, file, before)


def unnamed_file() -> int:
    """A new file without a name, which is only added to. Raises OSError."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
    folder = next((os.environ[name] for name in _FOLDERS if os.environ.get(name)), "/tmp")  # noqa: S108 - it has no name
    with suppress(OSError, AttributeError):  # not every system, nor every file system, can do that
        return os.open(folder, os.O_TMPFILE | flags, 0o600)
    import tempfile  # which takes a while to load, and tries further folders

    first, name = tempfile.mkstemp(prefix="runnable-")
    try:
        return os.open(name, flags)
    finally:
        os.close(first)
        os.unlink(name)  # noqa: PTH108 - it is a text
