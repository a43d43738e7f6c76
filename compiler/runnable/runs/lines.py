"""Where functions, classes and names are in a file of the user's, as it is now."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path


def line_of(file: Path, name: str) -> int | None:
    """The line of what has that qualified name; None if it is not there, or the file cannot be read."""
    try:
        return _lines(file, file.stat().st_mtime).get(name)
    except OSError:
        return None


@cache
def _lines(file: Path, modified: float) -> Mapping[str, int]:
    """The lines of the functions, classes and names of a file, by their qualified names."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return {}
    found: dict[str, int] = {}
    pending: list[tuple[str, ast.AST]] = [("", tree)]
    while pending:
        prefix, node = pending.pop()
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    found.setdefault(prefix + name, child.lineno)
                    pending.append((f"{prefix}{name}.<locals>.", child))
                case ast.ClassDef(name=name):
                    found.setdefault(prefix + name, child.lineno)
                    pending.append((f"{prefix}{name}.", child))
                case ast.Assign(targets=[ast.Name(id=name), *_]) | ast.AnnAssign(target=ast.Name(id=name)):
                    found[prefix + name] = child.lineno
                case _:
                    pending.append((prefix, child))
    return found
