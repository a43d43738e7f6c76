"""Fingerprints of single pieces of code."""

from __future__ import annotations

import functools
import io
import sys
import tokenize
from pathlib import Path

from runnable_runtime.digests import sha256_hex
from runnable_runtime.presence import is_file

PACKAGE = "package "
"""What the names of parts begin with that are versions of installed packages."""


UNKNOWN = "unknown "
"""What the names of parts begin with that cannot be known; what such a part has is the reason, for people."""
DATA = "file "
"""What the names of parts begin with that are data files of the user's, named by a text or a path in the code."""
READ = "read "
"""Those of files and folders that a task has read when it ran (`process.reads`); a folder's path ends with a slash."""
_LENGTH = 16


OURS = ("runnable", "runnable_runtime")


def hashed(text: str) -> str:
    """A short hash."""
    return sha256_hex(text)[:_LENGTH]


def package(module: str) -> tuple[str, str] | None:
    """The part for the installed package that `module` belongs to; None for Python's own, and for this one."""
    top = module.partition(".")[0]
    if not top or top in sys.stdlib_module_names or top in sys.builtin_module_names or top in OURS:
        return None
    return f"{PACKAGE}{top}", _version(top)


@functools.cache
def _version(top: str) -> str:
    """The version of an installed package; without one, a hash of what its files look like."""
    found = sys.modules.get(top)
    version = getattr(found, "__version__", None)
    if isinstance(version, str):
        return version
    from importlib import metadata, util

    try:
        return metadata.version(top)
    except (metadata.PackageNotFoundError, ValueError):
        pass
    try:
        origin = getattr(found, "__file__", None) or getattr(util.find_spec(top), "origin", None)
    except (ImportError, ValueError):
        origin = None
    if not origin or not is_file(origin):
        return ""
    place = Path(origin)
    files = sorted(place.parent.rglob("*.py")) if place.name == "__init__.py" else [place]
    return hashed("\n".join(f"{f.relative_to(place.parent)} {f.stat().st_size} {f.stat().st_mtime_ns}" for f in files))


def plain(source: str) -> str:
    """Python source without comments, blank lines and what stands at the ends of lines."""
    import textwrap

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
