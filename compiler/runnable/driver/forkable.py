"""Whether what workers are born of may be a fork of this process, and have at once what its script has imported.

It may where it cannot be told from a process that imports the modules of the tasks anew: all that this one has done is
run a script that leaves nothing in it, as its text shows, and that imports no package but those which the modules of
the tasks import, too.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.driver.isolated.packages import OURS, place_of
from runnable.execution.keeping import descriptors
from runnable.executors.local.elsewhere import modules_of
from runnable.ir.unit import CompilationUnit
from runnable_runtime.installed import is_installed
from runnable_runtime.presence import is_folder, module_file
from runnable_runtime.process.forking import can_fork, has_children

if TYPE_CHECKING:
    from runnable.frontend.contained import Contained

_FLAGS = frozenset({"-B", "-E", "-I", "-O", "-OO", "-P", "-b", "-bb", "-q", "-s", "-u", "-v"})
"""Options of Python's that come before a script, and make no difference to a fork."""
_NO_PACKAGES = {*sys.stdlib_module_names, *OURS}


def own_modules(unit: CompilationUnit, *, loaded: bool = False) -> list[str] | None:
    """The names of the modules of the script and of its project; None where the process may not be forked for tasks.

    So it is also where the script imports no package: then there is nothing to gain. `loaded`: this process is a
    command, all that it has done is load the file of `unit`.
    """
    main = getattr(sys.modules["__main__"], "__file__", None)
    if not main or not sys.platform.startswith("linux") or _is_looked_at() or not _is_alone():
        return None
    if not (_is_of(unit, main) if loaded else _is_plain_run(main)):
        return None
    others, own = _loaded()
    if not any(map(_is_of_a_package, others)):
        return None
    from runnable.frontend.contained import contained

    found = contained(os.path.abspath(main), others, _own_folders())  # noqa: PTH100
    if found is None or not _imports_the_same(found, unit):
        return None
    files = {*map(str, found.imports)}
    return [*own] if all(place in files or _holds(place, files) for place in own.values()) else None


def _is_of(unit: CompilationUnit, main: str) -> bool:
    """Whether `main` is the file of `unit`, which names no function of it: that might do anything."""
    return Path(unit.program.root, unit.program.source).resolve() == Path(main).resolve()


def _is_plain_run(main: str) -> bool:
    """Whether this process is ``python FILE ...``."""
    count = len(sys.argv)
    return (
        sys.orig_argv[-count:] == sys.argv
        and _FLAGS.issuperset(sys.orig_argv[1:-count])
        and Path(sys.argv[0]).resolve() == Path(main).resolve()
        and sys.modules["__main__"].__spec__ is None
    )


def _is_looked_at() -> bool:
    """Whether something looks at what is done, as a debugger does."""
    monitoring = getattr(sys, "monitoring", None)  # of Python 3.12
    is_monitored = monitoring is not None and any(map(monitoring.get_tool, range(6)))
    return is_monitored or sys.gettrace() is not None or sys.getprofile() is not None


def _is_alone() -> bool:
    """Whether there are no other threads and processes, and no files or streams but those that Python and we have."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return (
        threading.current_thread() is threading.main_thread()
        and None not in streams
        and streams == (sys.__stdin__, sys.__stdout__, sys.__stderr__)
        and can_fork()
        and not has_children()
        and _opened() <= descriptors()
    )


def _opened() -> set[int]:
    """What this process has opened itself: what it has of the one that started it, further ones get, too."""
    return {number for number in map(int, os.listdir("/dev/fd")) if number > 2 and not _is_passed_on(number)}  # noqa: PTH208


def _is_passed_on(number: int) -> bool:
    try:
        return os.get_inheritable(number)
    except OSError:  # that of the list itself
        return True


def _own_folders() -> list[Path]:
    """Those that this process imports from, and nothing is installed in."""
    return [Path(place) for place in sys.path if place and not is_installed(place) and is_folder(place)]


def _loaded() -> tuple[set[str], dict[str, str]]:
    """The names of the modules of others; those of the user's, each with the real path of its file or folder."""
    others: set[str] = set()
    own: dict[str, str] = {}
    for name, module in list(sys.modules.items()):
        place = place_of(module)
        if name.partition(".")[0] in OURS or (name != "__main__" and (not place or is_installed(place))):
            others.add(name)
        else:
            own[name] = os.path.realpath(place)
    return others, own


def _holds(folder: str, files: Iterable[str]) -> bool:
    return any(file.startswith(folder + os.sep) for file in files)


def _imports_the_same(found: Contained, unit: CompilationUnit) -> bool:
    """Whether the script imports packages, all of which the modules of the tasks import, too."""
    files: list[Path] = []
    libraries: set[str] = set()
    for root, folders, module in modules_of(unit.program, unit.functions):
        file = _file_of(module, [Path(root, folder) for folder in (*folders, ".")])
        if file is None:
            libraries.add(module)
        elif file.resolve() not in found.imports:
            return False
        else:
            files.append(file.resolve())
    packages = {name for name in found.libraries([next(iter(found.imports))]) if _is_of_a_package(name)}
    return bool(packages) and found.same_for_all and packages <= libraries | found.libraries(files)


def _file_of(module: str, folders: Iterable[Path]) -> Path | None:
    """The file of a module in one of these folders, or elsewhere; None if it is installed, or of Python."""
    loaded = place_of(sys.modules.get(module))
    return module_file(module, folders) or (Path(loaded) if loaded and not is_installed(loaded) else None)


def _is_of_a_package(module: str) -> bool:
    return module.partition(".")[0] not in _NO_PACKAGES
