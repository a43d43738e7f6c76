"""What a task has left behind in its worker: only a worker in which nothing is left takes another task.

Looked at is what the next task could meet, or what waits for the end of the process: files and descriptors, threads,
children, exit functions, streams, limits, memory, and the variables of the project's own modules and classes. What a
package of others keeps to itself (an option of pandas) cannot be seen; one process for all tasks, which a run that is
not parallel is, shows that to the next task too.
"""

from __future__ import annotations

import atexit
import os
import resource
import signal
import sys
import threading
import weakref
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from runnable_runtime.installed import is_installed
from runnable_runtime.process.ending import may_be_unwritten, open_files
from runnable_runtime.process.forking import has_children
from runnable_runtime.process.state import ProcessState

_MORE_MEMORY = 256 * 1024
"""KiB by which a task may raise the most that its worker has used, to be followed by another one."""
_SIZED = (dict, list, set, bytearray)
_LIMITS = tuple(getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_"))

_own_of: dict[str, tuple[int, list[str]]] = {}
"""By project, how many modules there were when its own were looked up, and the names of these."""


class Traces:
    """What this process has before a task: `files` are open. `project` is the folder of the user's modules."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self._project = os.path.join(os.path.realpath(project), "")  # noqa: PTH118 - with every task
        self._modules: dict[str, _Variables] = {}
        self._state = ProcessState()  # which has a descriptor
        self.files = open_files()
        self._process = _process()
        self.again()

    def again(self) -> None:
        """Begin anew for a further task, as nothing was left: what was looked at is as it was, and is put back."""
        self._memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for name, module in self._own():
            if name not in self._modules:
                self._modules[name] = _Variables(module)

    def left(self) -> bool:
        """Whether a task since has left something, as far as that can be seen."""
        return (
            _process() != self._process
            or has_children()
            or _files_differ(self.files)
            or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > self._memory + _MORE_MEMORY
            or any(self._modules[name].differ(module) for name, module in self._own() if name in self._modules)
        )

    def put_back(self, *, last: bool = False) -> None:
        """Have folder, environment and the like as they were, only where nothing is left; `last`: never again."""
        self._state.put_back(last=last)

    def _own(self) -> Iterator[tuple[str, ModuleType]]:
        """The modules of the project that are there; which those are is looked up when there are others."""
        if _own_of.get(self._project, (0, []))[0] != len(sys.modules):
            named = [name for name, module in list(sys.modules.items()) if self._is_own(module)]
            _own_of[self._project] = len(sys.modules), named
        for name in _own_of[self._project][1]:
            if name in sys.modules:
                yield name, sys.modules[name]

    def _is_own(self, module: object) -> bool:
        file = getattr(module, "__file__", None)
        return isinstance(file, str) and file.startswith(self._project) and not is_installed(file)


def _files_differ(before: set[tuple[int, int, int]]) -> bool:
    """Whether a file was opened or closed, or is open to be written; of one look."""
    now = open_files()
    return not before <= now or may_be_unwritten(before, now)


def _process() -> tuple[Any, ...]:
    """What can be compared of the process itself."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        getattr(atexit, "_ncallbacks")(),  # noqa: B009
        len(getattr(weakref.finalize, "_registry")),  # noqa: B009 - finalizers run at the end, too
        threading.active_count(),
        threading.excepthook,
        children.ru_minflt,  # each child that was waited for has some
        signal.getitimer(signal.ITIMER_REAL)[0] > 0,
        [(id(stream), stream is None or stream.closed) for stream in (sys.stdout, sys.stderr, sys.stdin)],
        (sys.excepthook, sys.gettrace(), sys.getprofile(), sys.getrecursionlimit(), sys.getswitchinterval()),
        tuple(sys.path),
        tuple(map(id, sys.meta_path)),
        [resource.getrlimit(limit) for limit in _LIMITS],
    )


class _Variables:
    """The variables of a module, and those of its classes and functions, as they are now, with the sizes of what grows.

    Looked at with every task, and therefore without a loop of Python's: what they are, by identity, in order.
    """

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        own = [value for value in vars(module).values() if _is_of(value, module)]
        self._views = [vars(module), *map(vars, own)]
        self._values = self._now()
        self._ids, self._names = [*map(id, self._values)], [*chain.from_iterable(self._views)]
        self._sized = [value for value in self._values if isinstance(value, _SIZED)]
        self._sizes = [*map(len, self._sized)]

    def differ(self, module: ModuleType) -> bool:
        """Whether one of them is another now, or more or less is in it; or the module, which is now `module`."""
        return (
            module is not self._module
            or [*map(id, self._now())] != self._ids
            or [*chain.from_iterable(self._views)] != self._names
            or [*map(len, self._sized)] != self._sizes
        )

    def _now(self) -> list[Any]:
        return [*chain.from_iterable([view.values() for view in self._views])]


def _is_of(value: object, module: ModuleType) -> bool:
    return isinstance(value, type | FunctionType) and value.__module__ == module.__name__
