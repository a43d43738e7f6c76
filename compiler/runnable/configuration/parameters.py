"""The parameters that a pipeline starts with: those of a YAML file, overridden by RUNNABLE_PRM_* variables."""

from __future__ import annotations

import os
import re

from runnable.configuration.yaml_file import read_mapping
from runnable.diagnostics.codes.configuration import BadParameterName, BadParameterValue
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError
from runnable_runtime.protocol import PARAMETER_PREFIX, Json
from runnable_runtime.values.parameters import decode_text

FILE_VARIABLE = "RUNNABLE_PARAMETERS_FILE"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}")


def load_parameters(file: str = "") -> dict[str, Json]:
    """The parameters by name, each a JSON value.

    They are those in `file`, if one is given, overridden by environment variables RUNNABLE_PRM_<name>, whose values are
    read as JSON if they are JSON, and as text otherwise.

    Raises ConfigurationError for an unusable file, a name that cannot be a parameter's, or a value that is not JSON.
    """
    found: dict[str, Json] = read_mapping(file, "parameters file") if file else {}
    problems = [p for name, value in found.items() if (p := _problem(file, name, value))]
    for variable in sorted(os.environ):
        if variable.startswith(PARAMETER_PREFIX):
            name = variable.removeprefix(PARAMETER_PREFIX)
            found[name] = decode_text(os.environ[variable])
            if problem := _problem(variable, name, found[name]):
                problems.append(problem)
    if problems:
        raise ConfigurationError(problems)
    return found


def _problem(file: str, name: object, value: Json) -> Diagnostic | None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return BadParameterName(file=file, name=str(name))
    reason = _not_json(value)
    return BadParameterValue(file=file, name=name, reason=reason) if reason else None


def _not_json(value: Json, path: str = "") -> str | None:
    match value:
        case None | bool() | int() | str():
            return None
        case float():
            return None if value == value and abs(value) != float("inf") else f"{path or 'it'} is not a finite number"
        case list():
            return next((r for i, item in enumerate(value) if (r := _not_json(item, f"{path}[{i}]"))), None)
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    return f"{path or 'it'} has the key {key!r}, which is not text: quote it"
                if reason := _not_json(item, f"{path}.{key}"):
                    return reason
            return None
        case _:
            return f"{path or 'it'} is a {type(value).__name__}: write it as text, in quotes"
