"""The arguments of `execute()`: checked, paths as texts, and parameters as JSON."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import DefinitionError
from runnable.diagnostics.span import caller_span
from runnable.sdk.describe import shown
from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import Json


def checked(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The `arguments` of a call as they are used, those that change. Raises DefinitionError with all that are wrong."""
    problems: list[tuple[str, str, str]] = []
    found: dict[str, Any] = {}
    for name in ("configuration_file", "parameters_file"):
        value = arguments[name]
        found[name] = os.fspath(value) if isinstance(value, os.PathLike) else "" if value is None else value
        if not isinstance(found[name], str):
            instead = "values are for parameters={...}" if isinstance(value, Mapping) else ""
            problems.append((name, f"is the path of a file, not {shown(value)}", instead))
    for name in ("run_id", "tag", "log_level"):
        value = arguments[name]
        if not isinstance(value, str):
            instead = f'{name}="{value}"' if isinstance(value, int) else ""
            problems.append((name, f"is a text, not {shown(value)}", instead))
    given = arguments["parameters"]
    if isinstance(given, Mapping):
        found["parameters"] = {name: _json(name, value, problems) for name, value in given.items()}
    else:
        problems.append(("parameters", f"is a mapping of names to values, not {shown(given)}", ""))
    if problems:
        span = caller_span()
        wrong: list[Diagnostic] = [
            BadOption(span=span, owner="execute()", option=option, reason=reason, instead=instead)
            for option, reason, instead in problems
        ]
        raise DefinitionError(wrong)
    return found


def _json(name: object, value: object, problems: list[tuple[str, str, str]]) -> Json:
    """A parameter from Python: a date, a path and their like as the texts that annotations convert from."""
    try:
        return plain_json(value, str(name))
    except BadReturn as refused:
        problems.append(("parameters", f"has a value that is not JSON: {refused.message}", ""))
        return None


def plain_json(value: object, name: str) -> Json:
    """A value from Python as JSON, a date and its like as the texts that annotations convert from. Raises BadReturn."""
    from runnable_runtime.values.encoding import to_json

    if isinstance(value, Mapping):
        return {key: plain_json(item, f"{name}[{key!r}]") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item, f"{name}[{index}]") for index, item in enumerate(value)]
    return to_json(value, name, type(value))
