"""Python's last looks for garbage, at the end of the user's process: not where there is nothing that they are for.

At its end Python looks through all objects three times, which takes a seventh of a short run. They are for objects that
refer to each other in a circle and have something to do when they go: a file to write what is buffered, a generator its
`finally`, an object its `__del__`. Where there is none of these, what is left is simply let go with the process.
"""

from __future__ import annotations

import atexit
import gc
import sys
from contextlib import suppress
from types import GeneratorType
from typing import Any

_OURS = frozenset({"runnable", "runnable_runtime", "yaml", "cloudpickle", "pydantic", "pydantic_core", "rich"})
_NOTHING_TO_DO = frozenset(
    {"_io.FileIO", "_io.BufferedReader", "_io.BytesIO", "_io.StringIO", "socket.socket", "_socket.socket"}
)
"""What has only a descriptor to close, or memory to give back, which the end of the process does."""
_UNSEEN = frozenset({"_dbm", "_gdbm", "_sqlite3", "_tkinter"})
"""Modules of Python's own whose objects have something to do, and are not among those that Python can list."""
_MEMORY_ONLY = frozenset({"_cyutility", "numpy", "pandas"})
"""Packages of others whose compiled objects only give memory back. Not pyarrow, whose files write when they go."""


def spare() -> None:
    """Leave them out of this process's end if they have nothing to find then. The user's own `atexit` runs before."""
    atexit.unregister(_spare)
    atexit.register(_spare)


def _spare() -> None:
    with suppress(Exception):  # of the user's classes; then it looks
        if gc.isenabled() and not gc.callbacks and not _has_unseen() and not _has_left_to_do():
            gc.freeze()


def _has_unseen() -> bool:
    """Whether there can be objects that Python does not list, of compiled modules which are not known."""
    if not _UNSEEN.isdisjoint(sys.modules):
        return True
    known = sys.stdlib_module_names | _OURS | _MEMORY_ONLY
    strange = (module for name, module in list(sys.modules.items()) if name.partition(".")[0] not in known)
    return any(_is_compiled(module) for module in strange)


def _is_compiled(module: Any) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and not file.endswith((".py", ".pyc"))


def _has_left_to_do() -> bool:
    """Whether an object has something to do when it goes."""
    objects = gc.get_objects()
    kinds = [kind for kind in {*map(type, objects)} if hasattr(kind, "__del__")]
    busy = {kind for kind in kinds if f"{kind.__module__}.{kind.__qualname__}" not in _NOTHING_TO_DO}
    standard = {id(one) for one in (sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__)}
    found = (one for one in objects if type(one) in busy and id(one) not in standard)
    return not all(map(_is_our_generator, found))


def _is_our_generator(one: object) -> bool:
    if not isinstance(one, GeneratorType):
        return False
    return one.gi_frame is None or str(one.gi_frame.f_globals.get("__name__")).partition(".")[0] in _OURS
