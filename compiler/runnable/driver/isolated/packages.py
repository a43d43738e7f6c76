"""Installed packages that several files import: imported once, before the processes of further files are forked.

What such a process has then is what it would have imported itself, unless the file sees to it before that the package
is another one: by the environment, the working folder or the path of imports. Then its work is done again, without.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from typing import Any

from runnable_runtime.installed import is_installed
from runnable_runtime.process.forking import can_fork, freeze, fresh_random_numbers, has_children

_MODULES = (".py", ".pyc", ".so", ".pyd")
OURS = ("runnable", "runnable_runtime")
_WORTH = 100
"""Imports of a module that are worth a process: they take 40 ms or more."""


class Used:
    """What the files so far have imported."""

    def __init__(self) -> None:
        self._files: Counter[str] = Counter()

    def add(self, said: Mapping[str, Any] | None) -> None:
        """Take note of the packages that a file has imported, by what its process `said`."""
        self._files.update(said["packages"] if said else ())

    def to_preload(self, left: int) -> list[str]:
        """The modules that several have imported, if it is worth it for the `left` files; else none."""
        several = [name for name, files in self._files.items() if files > 1]
        return several if len(several) * left >= _WORTH else []


def loaded_since(before: Container[str]) -> list[str]:
    """The modules of packages of others, and of Python's library, that were imported since, in that order."""
    new = [name for name in list(sys.modules) if name not in before and name.partition(".")[0] not in OURS]
    found = ((name, getattr(sys.modules.get(name), "__file__", None)) for name in new)
    return [name for name, file in found if isinstance(file, str) and is_installed(file)]


def place_of(module: object) -> str:
    """The file of a module, or the first folder of a package that has none; empty for Python's own."""
    folders = list(getattr(module, "__path__", ()))
    return str(getattr(module, "__file__", None) or (folders[0] if folders else ""))


class Preloaded:
    """The packages that this process has imported for those that are forked of it."""

    def __init__(self, modules: Sequence[str], own: int) -> None:
        """Import `modules`; see `fits`. What they print is not shown. The descriptor `own` is for no other process."""
        from runnable_runtime.process.keeper import silence

        before, variables = _surroundings(), dict(os.environ)
        kept = [os.dup(standard) for standard in (0, 1, 2)]
        silence()
        for name in modules:
            with suppress(Exception):
                importlib.import_module(name)
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        for standard, descriptor in enumerate(kept):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        self.fits = can_fork() and _surroundings() == before and variables.items() <= os.environ.items()
        self._own = own
        self._names = frozenset(name.partition(".")[0] for name in modules)
        self._changed = False
        self._here = ""
        freeze()

    def begin(self) -> None:
        """In a fork, before a file's work: from here on it is seen what `may_differ` asks for."""
        os.close(self._own)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        fresh_random_numbers()
        with suppress(OSError):
            self._here = os.getcwd()  # noqa: PTH109
        sys.addaudithook(self._see)

    def _see(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("os.putenv", "os.unsetenv"):
            self._changed = True
        elif event == "os.chdir":
            place = arguments[0]
            self._changed |= not isinstance(place, str | os.PathLike) or os.path.abspath(place) != self._here  # noqa: PTH100

    def may_differ(self) -> bool:
        """Whether the file may have imported other packages, or as other ones, than those that were there."""
        return self._changed or any(map(self._has_other, sys.path))

    def _has_other(self, folder: str) -> bool:
        """Whether the user may have a module of the same name in `folder`, which is imported from."""
        if is_installed(folder):
            return False
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208
        except OSError:
            return False
        return any(
            name.partition(".")[0] in self._names for name in names if name.endswith(_MODULES) or "." not in name
        )


def _surroundings() -> tuple[Any, ...]:
    """What a fork would share with this process, or not find as the process before it does."""
    try:
        here = os.getcwd()  # noqa: PTH109
    except OSError:
        here = ""
    return here, [*sys.path], has_children(), len(os.listdir("/dev/fd"))  # noqa: PTH208
