"""Fingerprints of single pieces of code."""

from __future__ import annotations

import hashlib
import io
import sys
import textwrap
import tokenize

PACKAGE = "package "
"""What the names of parts begin with that are versions of installed packages."""


_LENGTH = 16


OURS = ("runnable", "runnable_runtime")


def hashed(text: str) -> str:
    """A short hash."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def package(module: str) -> tuple[str, str] | None:
    """The part for the installed package that `module` belongs to; None for Python's own, and for this one."""
    top = module.partition(".")[0]
    if not top or top in sys.stdlib_module_names or top in sys.builtin_module_names or top in OURS:
        return None
    version = getattr(sys.modules.get(top), "__version__", None)
    return f"{PACKAGE}{top}", version if isinstance(version, str) else ""


def plain(source: str) -> str:
    """Python source without comments, blank lines and what stands at the ends of lines."""
    text = textwrap.dedent(source)
    lines = text.split("\n")
    kept: set[int] = set()  # lines inside of a text, which are taken as they are
    if "#" in text or '"""' in text or "'''" in text:
        try:
            _cut_comments(text, lines, kept)
        except (tokenize.TokenError, SyntaxError):
            return text
    return "\n".join(
        line if row in kept else line.rstrip() for row, line in enumerate(lines, 1) if row in kept or line.strip()
    )


def _cut_comments(text: str, lines: list[str], kept: set[int]) -> None:
    opened: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        if kind == "COMMENT":
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
        elif kind == "STRING":
            kept.update(range(token.start[0], token.end[0]))
        elif kind == "FSTRING_START":  # since Python 3.12
            opened.append(token.start[0])
        elif kind == "FSTRING_END":
            kept.update(range(opened.pop(), token.end[0]))
