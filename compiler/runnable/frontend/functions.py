"""From a function object to the module and name by which another process can import it."""

from __future__ import annotations

import ast
import sys
from functools import lru_cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypeGuard

from runnable.configuration.project import relative
from runnable.ir.nodes import PythonCall
from runnable.sdk.describe import shown
from runnable_runtime.code.parsing import parse
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import a

SCRIPT_MARK = "__runnable_script__"
"""Set on a module that `sdk.loading` made from a pipeline's file."""


@dataclass(frozen=True, slots=True)
class Located:
    """Where a function is: how to import it, or why that cannot be done.

    `outside` is the function's file if it is neither below the project nor installed: fine on this machine, but no
    image would hold it. `only_here` says why only this process has it.
    """

    call: PythonCall | None
    problem: str = ""
    outside: str = ""
    only_here: str = ""


def locate(function: Any, root: Path) -> Located:
    """How another process imports `function` when the folder `root` is its working folder."""
    if not callable(function):
        return Located(None, f"{shown(function)} is no function (give `f`, and not what `f()` returns)")
    if not isinstance(function, FunctionType):
        kind = "class" if isinstance(function, type) else type(function).__name__
        return Located(None, f"it is {a(kind)}, and not a function of a module")
    name = function.__qualname__
    if "<lambda>" in name:
        return Located(None, "a lambda has no name to import it by")
    if "<locals>" in name:
        return Located(None, f"{function.__name__!r} is defined inside of another function")
    module = sys.modules.get(function.__module__)
    if module is None or _found(module, name) is not function:
        return Located(None, f"{function.__module__}.{name} is not this function: another object has that name")
    return _importable(module, name, root)


def locate_member(module: ModuleType, name: str, root: Path) -> Located:
    """How another process imports `module`, and finds `name` (dotted) in it, when `root` is its working folder."""
    return _importable(module, name, root)


def _found(module: ModuleType, qualified: str) -> object:
    found: object = module
    for part in qualified.split("."):
        found = getattr(found, part, None)
    return found


def _importable(module: ModuleType, name: str, root: Path) -> Located:
    file = getattr(module, "__file__", None)
    if file is None:  # an interactive session: runs here, and has no file to compile
        return Located(PythonCall(module.__name__, name))
    if module.__name__ == "__main__" or hasattr(module, SCRIPT_MARK):
        return _in_script(Path(file), name, root)
    base = _import_folder(module.__name__, Path(file))
    if base == root:
        return Located(PythonCall(module.__name__, name))
    inside = relative(base, root)
    if _installed(base):
        return Located(PythonCall(module.__name__, name))
    if inside is None:
        return Located(PythonCall(module.__name__, name), outside=str(file))
    return Located(PythonCall(module.__name__, name, (inside,)))


def _in_script(file: Path, name: str, root: Path) -> Located:
    """A script is imported by its path from the root: importlib does not mind digits and hyphens in it."""
    inside = relative(file, root)
    if inside is None:
        return Located(PythonCall(file.stem, name), outside=str(file))
    if name.partition(".")[0] in _defined_only_when_run(file):
        reason = f"{name!r} is defined below `if __name__ == '__main__'`: who imports {inside} does not find it"
        return Located(PythonCall(file.stem, name), only_here=reason)
    stem = inside.removesuffix(".py")
    if "." in stem:
        return Located(None, f"the path of {inside} has a dot in it, so that the file cannot be imported")
    folder, _, _ = inside.rpartition("/")
    return Located(PythonCall(stem.replace("/", "."), name, (folder,) if folder else ()))


def _import_folder(module: str, file: Path) -> Path:
    """The folder that must be importable for `import module` to find `file`."""
    depth = module.count(".") + (file.name == "__init__.py")
    return file.resolve().parents[depth]


@lru_cache(maxsize=1)
def _installation_folders() -> tuple[Path, ...]:
    import sysconfig

    names = ("purelib", "platlib", "stdlib", "platstdlib")
    return tuple(Path(sysconfig.get_path(n)).resolve() for n in names)


def _installed(folder: Path) -> bool:
    return any(folder.is_relative_to(known) for known in _installation_folders())


@lru_cache(maxsize=32)
def _defined_only_when_run(file: Path) -> frozenset[str]:
    """The names that the script `file` binds below ``if __name__ == "__main__"``, and nowhere else at its top level."""
    try:
        tree = parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):  # changed since it was run
        return frozenset()
    guarded = [statement for top in tree.body if _is_guard(top) for statement in top.body]
    others = [statement for top in tree.body for statement in (top.orelse if _is_guard(top) else [top])]
    return frozenset(_bound(guarded) - _bound(others))


def _is_guard(statement: ast.stmt) -> TypeGuard[ast.If]:
    return isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test)


def _bound(statements: list[ast.stmt]) -> set[str]:
    """The functions and names that these statements define, those in their blocks included."""
    found: set[str] = set()
    for statement in statements:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(statement.name)
            case ast.Import() | ast.ImportFrom():
                found |= {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
            case _:
                blocks = [child for child in ast.walk(statement) if child is not statement]
                found |= {node.id for node in blocks if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
                found |= _bound([child for child in blocks if isinstance(child, ast.FunctionDef | ast.ClassDef)])
    return found
