"""The parameters that a pipeline starts with: from files, from code, from variables and from the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from runnable.configuration.yaml_file import read_mapping
from runnable.diagnostics.codes.configuration import BadParameterName, BadParameterValue
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError
from runnable_runtime.protocol import PARAMETER_PREFIX, Json
from runnable_runtime.values.parameters import decode_text

FILE_VARIABLE = "RUNNABLE_PARAMETERS_FILE"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}")


def load_parameters(
    file: str = "",
    values: Mapping[str, Json] = MappingProxyType({}),
    typed: Sequence[str] = (),
    *,
    preferred: str = "",
) -> dict[str, Json]:
    """The parameters by name, each a JSON value. Texts are read as JSON if they are JSON, and as text otherwise.

    Weakest first: `file` and over it `values`, which the code gives; the file `preferred`, which a variable names and
    which replaces `file`; the files among `typed`, the texts of a command line, which replace both; variables
    RUNNABLE_PRM_<name>; those among `typed` that are ``NAME=VALUE``. Of `typed` the later one wins.

    Raises ConfigurationError for an unusable file, a name that cannot be a parameter's, or a value that is not JSON.
    """
    problems: list[Diagnostic] = []
    by_hand: dict[str, Json] = {}
    files = [text for text in typed if not is_typed(text)]
    given = _read(file, problems) if file and not preferred and not files else {}
    problems += filter(None, (_problem("execute(parameters=...)", name, value) for name, value in values.items()))
    given |= values
    if preferred and not files:
        given |= _read(preferred, problems)
    for text in typed:
        if is_typed(text):
            name, _, value = text.partition("=")
            by_hand[name] = decode_text(value)
            problems += filter(None, [_problem(f"-p {text}", name, by_hand[name])])
        else:
            found = _read(text, problems)
            given |= found
            by_hand = {name: value for name, value in by_hand.items() if name not in found}
    for variable in sorted(os.environ):
        if variable.startswith(PARAMETER_PREFIX):
            name = variable.removeprefix(PARAMETER_PREFIX)
            given[name] = decode_text(os.environ[variable])
            problems += filter(None, [_problem(variable, name, given[name])])
    if problems:
        raise ConfigurationError(problems)
    return given | by_hand


def load_values(file: str) -> dict[str, Json]:
    """The parameters of a YAML file alone. Raises ConfigurationError, as `load_parameters` does."""
    problems: list[Diagnostic] = []
    found = _read(file, problems)
    if problems:
        raise ConfigurationError(problems)
    return found


def is_typed(text: str) -> bool:
    """Whether a text of the command line is ``NAME=VALUE``, and not the path of a file."""
    return re.match(r"[A-Za-z0-9_][A-Za-z0-9_-]*=", text) is not None


def _read(file: str, problems: list[Diagnostic]) -> dict[str, Json]:
    found: dict[str, Json] = read_mapping(file, "parameters file")
    problems += filter(None, (_problem(file, name, value) for name, value in found.items()))
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
