"""Parsing Python code, one text at a time: in Python 3.11, threads that parse at once can fail (cpython#106905)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

_ONE = threading.Lock()


def parse(source: str | bytes) -> ast.Module:
    """As `ast.parse`. Raises what that raises."""
    import ast

    with _ONE:
        return ast.parse(source)
