"""Importing, before attempts are forked, the installed packages that tasks' modules import first of all.

The user's own modules are read and not imported: what they do when they are imported (seed random numbers, make a
folder, connect to a database, print) they do in each attempt, as ever. Looked at are imports at the top of the module
of a task, and of the modules of the project that this imports.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from runnable_runtime.code.parsing import parse
from runnable_runtime.installed import is_installed
from runnable_runtime.presence import is_file, is_folder, module_file

_NEVER = frozenset({"antigravity", "this", "__future__", "runnable"})
"""Modules that do something when they are imported, and our own, which is another one in a task."""


def import_packages(tasks: Iterable[Sequence[object]]) -> None:
    """Import what the modules of `tasks` import, each a module's name and the import path of its spec.

    What cannot be imported is left to the task, whose failure it is. A task finds the same modules with or without:
    only the cache of modules is filled, the path is left alone.
    """
    for module, import_path in tasks:
        folders = [*(Path(str(folder)) for folder in import_path), Path()]  # type: ignore[attr-defined]
        for name in dict.fromkeys(_imported(str(module), folders, set())):
            if _is_installed(name.partition(".")[0]):
                with suppress(Exception):
                    importlib.import_module(name)


def _imported(module: str, folders: Sequence[Path], seen: set[str]) -> Iterator[str]:
    """The modules outside of the project that `module`, of the project, imports at its top, in that order."""
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        name = ".".join(parts[:length])
        if name not in seen and (file := module_file(name, folders)) is not None:
            seen.add(name)
            package = name if file.name == "__init__.py" else name.rpartition(".")[0]
            yield from _of_file(file, package, folders, seen)


def _of_file(file: Path, package: str, folders: Sequence[Path], seen: set[str]) -> Iterator[str]:
    try:
        tree = parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    for name in _named(tree.body, package):
        if _is_own(name.partition(".")[0], folders):
            yield from _imported(name, folders, seen)
        else:
            yield name


def _named(body: Iterable[ast.stmt], package: str) -> Iterator[str]:
    """The modules that statements import; what is imported from one may be a module, too."""
    for statement in body:
        match statement:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases)
            case ast.ImportFrom(module=module, names=aliases, level=level):
                above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                name = ".".join([*above, *([module] if module else [])])
                if name:
                    yield name
                    yield from (f"{name}.{alias.name}" for alias in aliases if alias.name != "*")
            case ast.Try(body=inner):
                yield from _named(inner, package)
            case _:
                pass


def _is_own(top: str, folders: Sequence[Path]) -> bool:
    return any(is_folder(folder / top) or is_file(folder / f"{top}.py") for folder in folders)


def _is_installed(top: str) -> bool:
    """Whether the module is the standard library's, or in a folder of installed packages."""
    if top in _NEVER:
        return False
    if top in sys.builtin_module_names:
        return True
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return False
    if spec is None or spec.origin is None:
        return spec is not None and any(map(is_installed, spec.submodule_search_locations or ()))
    return spec.origin in ("built-in", "frozen") or is_installed(spec.origin)
