"""The fingerprint of a task's code: a hash for each part of it that can change, found without running it.

    {"pipe.py:train": "5f0c…", "pipe.py:scale": "91ab…", "pipe.py:LIMIT": "77de…", "package numpy": "2.1.0"}

A function's parts are its own source, and that of every function, class and constant of the user's own files that it
refers to, and so on from there. Comments and blank lines do not count. Of installed packages the version counts. What
is found only while the code runs (an import by name, `getattr`, a file that is read) is not seen.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from runnable_runtime.code.hashing import hashed
from runnable_runtime.protocol import Json, TaskSpec

if TYPE_CHECKING:
    from runnable_runtime.code.closure import Sources


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
    from runnable_runtime.code.closure import Closure

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
