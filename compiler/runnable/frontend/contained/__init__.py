"""Whether all that loading a file does stays in modules of its own, as its text shows beyond doubt.

Such a file, and what it imports of its project, does nothing but import what is there already, define functions and
classes, build lists and texts, and call this package's classes and its own functions with them. Whoever loads another
file in the same process afterwards, once these modules are gone, finds all as it was. What is not known to be so is no
such file: every kind of statement (`statements`), of expression and call (`values`), and of import (`modules`) that is
allowed stands here.
"""

from __future__ import annotations

import ast
from collections.abc import Container
from pathlib import Path

from runnable.frontend.contained.kinds import SDK, Known, Names
from runnable.frontend.contained.modules import Modules
from runnable.frontend.contained.statements import Statements
from runnable.frontend.loading import import_folders
from runnable_runtime.code.parsing import parse


def is_contained(file: str, loaded: Container[str]) -> bool:
    """Whether all that loading `file` does is. What it imports of others must be `loaded` already."""
    if not file.endswith(".py"):
        return False
    modules = Modules(import_folders(file), loaded)
    try:
        names = _looked_at(Path(file), modules)
        others = [names]
        while module := modules.next():
            others.append(_looked_at(module, modules))
        if modules.starred and any(map(_hides_ours, others)):
            return False
        if isinstance(main := names.get("main"), ast.FunctionDef):
            Statements(modules, names).call(main, [], {})
    except Exception:  # of whatever is odd in it
        return False
    return True


def _looked_at(file: Path, modules: Modules) -> Names:
    """The names of a module in which there is nothing unknown. Raises Unknown."""
    names: Names = {}
    Statements(modules, names).run(parse(file.read_bytes()).body)
    return names


def _hides_ours(names: Names) -> bool:
    """Whether ``from module import *`` may import further modules, or hide one of this package's classes."""
    return "__all__" in names or any(names[name] is not Known.SDK for name in SDK.intersection(names))
