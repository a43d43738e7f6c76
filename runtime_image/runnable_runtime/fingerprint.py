"""What a task's code is, as far as it can be told from outside: a hash for each part of it that can change.

    {"pipe.py:train": "5f0c…", "pipe.py:scale": "91ab…", "pipe.py:LIMIT": "77de…", "package numpy": "2.1.0"}

A function's parts are its own source, and that of every function, class and constant of the user's own files that it
refers to, and so on from there. Comments and blank lines do not count. Of what is installed the version is told. What
is found only while the code runs (an import by name, `getattr`, a file that is read) is not seen.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import textwrap
import tokenize
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from runnable_runtime.protocol import Json, TaskSpec

if TYPE_CHECKING:
    from runnable_runtime.closure import Sources

PACKAGE = "package "
"""What the names of parts begin with that are versions of installed packages."""
_LENGTH = 16
OURS = ("runnable", "runnable_runtime")


def of_task(spec: TaskSpec, function: object, sources: Sources) -> dict[str, str]:
    """The parts of what `spec` runs; empty for a stub, which has no code.

    `function` is the one that it calls; where it is not at hand (no callable), it is known by its name only.
    """
    parts: dict[str, str]
    match spec.kind:
        case "stub":
            return {}
        case "python":
            parts = {"function": spec.target, **_of_called(function, sources)}
        case "reduce":
            parts = {"reducer": spec.target, **_of_called(function, sources)}
        case "shell":
            parts = of_text("command", spec.target)
        case "notebook":
            parts = {"notebook": spec.target, **of_notebook(sources.project / spec.target, spec.target)}
    return {**parts, "returns": ", ".join(returned.encode() for returned in spec.returns)}


def _of_called(function: object, sources: Sources) -> dict[str, str]:
    return of_function(function, sources) if callable(function) else {}


def imported(reference: str) -> object:
    """The function that ``module:qualified.name`` means, if its module is imported; else None, or what is there."""
    module, _, name = reference.partition(":")
    found: object = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def of_function(function: Callable[..., object], sources: Sources) -> dict[str, str]:
    """The parts of a Python function of the project that `sources` are of."""
    from runnable_runtime.closure import Closure

    closure = Closure(sources)
    closure.add("function", function, ())
    return closure.parts


def of_notebook(file: Path, name: str) -> dict[str, str]:
    """The parts of a notebook: its code, not what it printed. Empty if it cannot be read."""
    try:
        cells = json.loads(file.read_bytes())["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {name: hashed("\0".join(sources))}


def of_text(name: str, text: str) -> dict[str, str]:
    """The one part of a shell's command, or of a lambda given as text."""
    return {name: hashed(text)}


def digest(parts: Mapping[str, Json]) -> str:
    """One short text for all of `parts`; the same for the same parts in any order."""
    return hashed(json.dumps(parts, sort_keys=True))


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
