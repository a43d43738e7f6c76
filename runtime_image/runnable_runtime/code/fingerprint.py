"""The fingerprint of a task's code: a hash for each part of it that can change, found without running it.

    {"pipe.py:train": "5f0c…", "pipe.py:scale": "91ab…", "pipe.py:LIMIT": "77de…", "package numpy": "2.1.0"}

A function's parts are its own source, and every function, class and value of the user's own files that it refers to,
and so on from there: through containers, instances, defaults, closures, wrappers of libraries, attributes of classes,
types, and imports that it makes when it runs. Comments and blank lines do not count. Of installed packages the version
counts, of a data file that the code names (``file prices.csv``) the content. What cannot be known, such as what `exec`
runs, is a part too (``unknown pipe.py:client``), which says why: it has to be taken as changed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from types import ModuleType

from runnable_runtime.code.hashing import UNKNOWN, hashed
from runnable_runtime.code.sources import Fingerprint, Sources
from runnable_runtime.protocol import Json, TaskSpec, is_lambda


def of_task(spec: TaskSpec, function: object, sources: Sources) -> Fingerprint:
    """The fingerprint of what `spec` runs; empty for what has no code of the user's files.

    `function` is the one that it calls; where it is not at hand (no callable), it is unknown.
    """
    name, found = "", Fingerprint({})
    match spec.kind:
        case "stub" | "container" | "approval" | "template" | "http":
            return found
        case "python":
            name, found = "function", _of_called(spec.target, function, sources)
        case "reduce":
            name, found = "reducer", _of_called(spec.target, function, sources)
        case "shell":
            found = _texts().of_command("command", spec.target, sources)
        case "notebook":
            name, found = "notebook", _texts().of_notebook(sources.project / spec.target, spec.target, sources)
    first = {name: spec.target} if name else {}
    returns = ", ".join(returned.encode() for returned in spec.returns)
    return Fingerprint({**first, **found.parts, "returns": returns}, found.names, found.folders)


def _of_called(target: str, function: object, sources: Sources) -> Fingerprint:
    if callable(function):
        return of_function(function, sources)
    return Fingerprint({} if is_lambda(target) else {UNKNOWN + target: "a function that is not at hand"})


def _texts() -> ModuleType:
    from runnable_runtime.code import texts

    return texts


def imported(reference: str) -> object:
    """The function that ``module:qualified.name`` means, if its module is imported; else None, or what is there."""
    module, _, name = reference.partition(":")
    found: object = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def of_function(function: Callable[..., object], sources: Sources) -> Fingerprint:
    """The fingerprint of a Python function of the project that `sources` are of."""
    from runnable_runtime.code.closure import Closure

    closure = Closure(sources)
    closure.add("function", function)
    return closure.finish()


def digest(parts: Mapping[str, Json]) -> str:
    """One short text for all of `parts`; the same for the same parts in any order."""
    return hashed(json.dumps(parts, sort_keys=True))
