"""Whether all that loading a file does stays in modules of its own, as its text shows beyond doubt.

Such a file, and what it imports of its project, does nothing but import what is there already, define functions and
classes, build lists and texts, and call this package's classes and its own functions with them. Whoever loads another
file in the same process afterwards, once these modules are gone, finds all as it was. What is not known to be so is no
such file: every kind of statement (`statements`), of expression and call (`values`), and of import (`modules`) that is
allowed stands here.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Mapping, Set
from pathlib import Path
from typing import NamedTuple

from runnable.frontend.contained.kinds import SDK, Known, Names
from runnable.frontend.contained.modules import Modules
from runnable.frontend.contained.statements import Statements
from runnable.frontend.loading import import_folders
from runnable_runtime.code.parsing import parse


class Contained(NamedTuple):
    """A file that leaves nothing, with what it imports of its project."""

    imports: Mapping[Path, Set[Path | str]]
    """What it imports, and each file that it imports: files of the project, and names of modules that are of others.

    It is first of all. Paths are real ones.
    """
    same_for_all: bool
    """Whether who runs it as a script imports nothing but what who imports it does, Python's library aside."""

    def libraries(self, files: Iterable[Path]) -> frozenset[str]:
        """The modules of others that are imported with these files, each of which is among `imports`.

        Raises KeyError for one that is not.
        """
        ahead, seen, found = [*files], set[Path](), set[str]()
        while ahead:
            if (file := ahead.pop()) not in seen:
                seen.add(file)
                ahead += [one for one in self.imports[file] if isinstance(one, Path)]
                found.update(one for one in self.imports[file] if isinstance(one, str))
        return frozenset(found)


def is_contained(file: str, loaded: Container[str]) -> bool:
    """Whether all that loading `file` does stays within. What it imports of others must be `loaded` already."""
    return contained(file, loaded) is not None


def contained(file: str, loaded: Container[str]) -> Contained | None:
    """What is known of a `file` of which all that loading does stays within; see `is_contained`."""
    if not file.endswith(".py"):
        return None
    modules = Modules(Path(file), import_folders(file), loaded)
    found: list[Names] = []
    try:
        while module := modules.next():
            found.append(_looked_at(module, modules))
        if modules.starred and any(map(_hides_ours, found)):
            return None
        if isinstance(main := found[0].get("main"), ast.FunctionDef):
            Statements(modules, found[0]).call(main, [], {})
    except Exception:  # of whatever is odd in it
        return None
    return Contained(modules.imports, not modules.inside)


def _looked_at(file: Path, modules: Modules) -> Names:
    """The names of a module in which there is nothing unknown. Raises Unknown."""
    names: Names = {}
    Statements(modules, names).run(parse(file.read_bytes()).body)
    return names


def _hides_ours(names: Names) -> bool:
    """Whether ``from module import *`` may import further modules, or hide one of this package's classes."""
    return "__all__" in names or any(names[name] is not Known.SDK for name in SDK.intersection(names))
