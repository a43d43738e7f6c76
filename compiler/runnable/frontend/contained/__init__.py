"""Whether all that loading a file does stays in modules of its own, as its text shows beyond doubt.

Such a file, and what it imports of its project, does nothing but import what is there already, define functions and
classes, build lists and texts, and call this package's classes and its own functions with them. Whoever loads another
file in the same process afterwards, once these modules are gone, finds all as it was. What is not known to be so is no
such file: every kind of statement (`statements`, `classes`), of expression (`values`), call (`calls`), annotation
(`types`) and import (`modules`) that is allowed stands here, and what may be done with what others have (`library`).
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Container, Iterable, Mapping, Set
from pathlib import Path
from typing import NamedTuple

from runnable.frontend.contained.kinds import Kind, Names
from runnable.frontend.contained.modules import Modules
from runnable.frontend.contained.statements import Statements
from runnable.frontend.contained.values import passed_on
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


def contained(file: str, loaded: Container[str], folders: Iterable[Path] = ()) -> Contained | None:
    """What is known of a `file` of which all that loading does stays within; see `is_contained`.

    `folders`: more that it imports modules of its project from.
    """
    if not file.endswith(".py"):
        return None
    names: Names = {}
    try:
        modules = Modules((*import_folders(file), *folders), loaded, _look_at)
        _look_at(modules, Path(file), names)
        if (main := names.get("main")) is not None:  # which the loader calls, if it is a function
            if isinstance(main, ast.FunctionDef):
                Statements(modules, names).call(main, [], {})
            elif main is not Kind.MADE:
                return None
        for found, name in modules.awaited:
            if name in found:
                passed_on(found[name])
    except Exception:  # of whatever is odd in it
        return None
    return Contained(modules.imports, not modules.inside)


def _look_at(modules: Modules, file: Path, names: Names) -> None:
    """See that there is nothing unknown in a module, and what it has. Raises Unknown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are shown when the file is loaded
        body = parse(file.read_bytes()).body
    with modules.entered(file):
        Statements(modules, names).run(body)
