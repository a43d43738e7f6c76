"""Parsing Python code, one text at a time: in Python 3.11, threads that parse at once can fail (cpython#106905)."""

from __future__ import annotations

import ast
import threading

_ONE = threading.Lock()


def parse(source: str | bytes) -> ast.Module:
    """As `ast.parse`."""
    with _ONE:
        return ast.parse(source)
