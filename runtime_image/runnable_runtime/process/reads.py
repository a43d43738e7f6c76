"""The files that a task reads, seen while it runs: all that Python opens in its process, and folders that it lists.

Code can put the name of a file together in any way, or have it from another file. So what it depends on is known only
when it has run; that it would open others could only be for a reason that is among what it depends on, too.

What other processes read is not seen, nor what a library opens without Python.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runnable_runtime.code.file_states import states
from runnable_runtime.code.hashing import READ, UNKNOWN
from runnable_runtime.code.sources import Sources

_MOST = 1_000
"""How many files and folders are looked at, at most."""
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/run/", "/etc/", "/usr/", "/lib/", "/lib64/", "/bin/", "/sbin/")
"""Where the machine's own files are. A project may be there too, in an image."""
_OF_PYTHON = frozenset({"importlib.metadata", "inspect", "linecache", "pkgutil", "tokenize", "traceback"})
"""Modules that read source code, and list folders: for messages, or to import it, which counts by itself."""
_CODE = (".py", ".pyc", ".pyi", ".so", ".pyd")
_OF_PACKAGES = (".dist-info", ".egg-info")

_State = tuple[int, int, int] | None
"""What tells one content of a file from another: its number, size and time; None for what is not there."""


class Reads:
    """What was opened for reading, or listed, by paths with a slash at the end of folders; and what was written.

    What is below one of `stores` does not count: which run that is of, and what is in it, is known otherwise.
    """

    def __init__(self, project: Path, stores: Iterable[Path]) -> None:
        self._project = project
        self._stores = [*stores]
        self._others: dict[str, str] = {}
        self._found: dict[str, _State] = {}
        self._written: set[str] = set()
        self._own: set[str] = set()
        """What was made by the task, or emptied before it was read."""

    def opened(self, path: Any, mode: object, flags: int) -> None:
        """The event `open`: `path` may be a descriptor."""
        if isinstance(path, int):
            return
        name = _absolute(path)
        if name in self._own or (name.endswith(_CODE) and _is_by_python()):
            return
        now = _state(name)
        access = flags & os.O_ACCMODE
        if access != os.O_RDONLY:
            self._written.add(name)
            if name not in self._found and (now is None or flags & os.O_TRUNC):
                self._own.add(name)
                return
        if access != os.O_WRONLY:
            self._found.setdefault(name, now)

    def listed(self, path: Any = None) -> None:
        """The events `os.listdir` and `os.scandir`."""
        if not isinstance(path, int) and not _is_by_python():
            name = os.path.join(_absolute(path or "."), "")  # noqa: PTH118 - with the slash
            self._found.setdefault(name, None)

    def connected(self, path: Any, *_: object) -> None:
        """The event `sqlite3.connect`."""
        name = _absolute(path)
        if (now := _state(name)) is not None:
            self._found.setdefault(name, now)

    def encode(self) -> str:
        """What another process needs to record what it reads."""
        return json.dumps([str(folder) for folder in (self._project, *self._stores)])

    @classmethod
    def decode(cls, text: str, scratch: Path) -> Reads:
        """The inverse of `encode`; nor does what is below `scratch` count."""
        project, *stores = map(Path, json.loads(text))
        return cls(project, [*stores, scratch])

    def add(self, parts: Mapping[str, str]) -> None:
        """Add what another process has recorded."""
        self._others |= parts

    def parts(self) -> dict[str, str]:
        """What was found, as parts of what the task depends on, in the state that it has left them in.

        But for what is installed, or what the task has made itself.
        """
        stands = dict(self._counting())
        if len(stands) > _MOST:
            return {f"{UNKNOWN}the files that it reads": f"more than {_MOST:,}"}
        now = states(self._project, stands)
        return {**self._others, **{READ + path: state if stands[path] else "" for path, state in now.items()}}

    def _counting(self) -> Iterator[tuple[str, bool]]:
        """The paths of what counts, relative to the project, each with whether it is still what was read.

        Something that the task has written itself counts as it has left it.
        """
        sources = Sources(self._project)
        outside = (store for store in map(Path.resolve, self._stores) if not sources.project.is_relative_to(store))
        stores = tuple(f"{store}/" for store in outside)
        for name, then in list(self._found.items()):  # threads that the task has left may still read
            real = os.path.realpath(name)
            path = sources.path(Path(real))
            is_known = f"{real}/".startswith(stores) or sources.label(real) is None  # installed
            if is_known or path.startswith(_SYSTEM) or Path(real).parent.suffix in _OF_PACKAGES:
                continue
            now, is_written = _state(real), name in self._written
            if now is None and name in sys.path:  # Python looks for an archive there
                continue
            if name.endswith("/"):
                if now is not None and not _is_hidden(path):
                    yield f"{path}/", True
            elif not (is_written and None in (now, then)):
                yield path, now == then or is_written


_active: list[Reads] = []
_EVENTS: Mapping[str, Callable[..., None]] = {
    "open": Reads.opened,
    "os.listdir": Reads.listed,
    "os.scandir": Reads.listed,
    "sqlite3.connect": Reads.connected,
}
_installed = False


@contextmanager
def recorded(reads: Reads) -> Iterator[None]:
    """Record in `reads` what is read in this process until the end of the block, by any of its threads."""
    begin(reads)
    try:
        yield
    finally:
        _active.remove(reads)


def begin(reads: Reads) -> None:
    """The same until `end`, of a process that has one task."""
    global _installed
    if not _installed:  # nothing takes it out again
        _installed = True
        sys.addaudithook(_heard)
    _active.append(reads)


def end() -> Reads:
    """What has been recorded since `begin`."""
    return _active.pop()


def _heard(event: str, given: tuple[Any, ...]) -> None:
    if not _active or (record := _EVENTS.get(event)) is None:
        return
    for reads in tuple(_active):
        try:
            record(reads, *given)
        except Exception:  # noqa: S112 - a path that is none: it is for what opens it to say so
            continue


def _absolute(path: Any) -> str:
    return os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - of any path, at once


def _state(path: str) -> _State:
    """None also for what is no file and no folder, such as a pipe: it has no content of its own."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _is_hidden(folder: str) -> bool:
    """Whether a folder is hidden, or below a hidden one, as those of repositories, environments and stores are."""
    return any(part == "__pycache__" or (part.startswith(".") and part != "..") for part in Path(folder).parts)


def _is_by_python() -> bool:
    """Whether what opens a file is Python itself: a method of `Reads` asks, for what `_heard` has heard."""
    try:
        frame = sys._getframe(3)
    except ValueError:  # a thread without Python code
        return False
    return (
        frame.f_code.co_filename.startswith(("<frozen importlib", "<frozen zipimport"))
        or frame.f_globals.get("__name__") in _OF_PYTHON
    )
