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
from collections.abc import Container
from pathlib import Path

from runnable.frontend.contained.kinds import Kind, Names
from runnable.frontend.contained.modules import Modules
from runnable.frontend.contained.statements import Statements
from runnable.frontend.contained.values import passed_on
from runnable.frontend.loading import import_folders
from runnable_runtime.code.parsing import parse


def is_contained(file: str, loaded: Container[str]) -> bool:
    """Whether all that loading `file` does is. What it imports of others must be `loaded` already."""
    if not file.endswith(".py"):
        return False
    names: Names = {}
    try:
        modules = Modules(import_folders(file), loaded, _look_at)
        _look_at(modules, Path(file), names)
        if (main := names.get("main")) is not None:  # which the loader calls, if it is a function
            if isinstance(main, ast.FunctionDef):
                Statements(modules, names).call(main, [], {})
            elif main is not Kind.MADE:
                return False
        for found, name in modules.awaited:
            if name in found:
                passed_on(found[name])
    except Exception:  # of whatever is odd in it
        return False
    return True


def _look_at(modules: Modules, file: Path, names: Names) -> None:
    """See that there is nothing unknown in a module, and what it has. Raises Unknown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is odd in the text: who loads it is told
        body = parse(file.read_bytes()).body
    Statements(modules, names).run(body)
