"""The parameters that a pipeline starts with: from files, from code, from variables and from the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from runnable.configuration.yaml_file import read_mapping, scalars
from runnable.diagnostics.codes.configuration import BadParameterName, BadParameterValue
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError
from runnable.diagnostics.span import Span
from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.failures import a
from runnable_runtime.protocol import PARAMETER_PREFIX, Json
from runnable_runtime.values.encoding import LONGEST_INTEGER
from runnable_runtime.values.texts import decode_text

_NAME = pattern(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}")
CODE = "execute(parameters=...)"


@dataclass(frozen=True, slots=True)
class Given:
    """A value that is given to a parameter, and by what: a file, ``-p n=3``, RUNNABLE_PRM_n, or the code.

    `text` is what was typed, where that is known: for a declared parameter it is read by its type, for others it is
    `value`, read as JSON. `problem`: why `value` is none.
    """

    value: Json
    source: str
    text: str | None = None
    span: Span | None = None
    problem: Diagnostic | None = None


def read_given(
    file: str = "",
    values: Mapping[str, Json] = MappingProxyType({}),
    typed: Sequence[str] = (),
    *,
    preferred: str = "",
    declared: Container[str] = (),
) -> dict[str, Given]:
    """What is given, by name. Texts are read as JSON if they are JSON, and as text otherwise.

    Weakest first: `file` and over it `values`, which the code gives; the file `preferred`, which a variable names and
    which replaces `file`; the files among `typed`, the texts of a command line, which replace both; variables
    RUNNABLE_PRM_<name>; those among `typed` that are ``NAME=VALUE``. Of `typed` the later one wins.

    Of the `declared` names, the texts in files are read, too: what they mean is for their types to say.

    Raises ConfigurationError for an unusable file, a name that cannot be a parameter's, or a value that is not JSON.
    """
    by_hand: dict[str, Given] = {}
    files = [text for text in typed if not is_typed(text)]
    given = _read(file, declared) if file and not preferred and not files else {}
    given |= {name: _given(name, value, CODE) for name, value in values.items()}
    if preferred and not files:
        given |= _read(preferred, declared)
    for text in typed:
        if is_typed(text):
            name, _, value = text.partition("=")
            by_hand[name] = _typed(name, value, f"-p {text}")
        else:
            found = _read(text, declared)
            given |= found
            by_hand = {name: value for name, value in by_hand.items() if name not in found}
    for variable in sorted(os.environ):
        if variable.startswith(PARAMETER_PREFIX):
            name = variable.removeprefix(PARAMETER_PREFIX)
            given[name] = _typed(name, os.environ[variable], variable)
    given |= by_hand
    if problems := [one.problem for one in given.values() if one.problem]:
        raise ConfigurationError(problems)
    return given


def load_values(file: str) -> dict[str, Json]:
    """The parameters of a YAML file alone. Raises ConfigurationError, as `read_given` does."""
    found = _read(file, ())
    if problems := [one.problem for one in found.values() if one.problem]:
        raise ConfigurationError(problems)
    return {name: given.value for name, given in found.items()}


def is_typed(text: str) -> bool:
    """Whether a text of the command line is ``NAME=VALUE``, and not the path of a file."""
    return re.match(r"[A-Za-z0-9_][A-Za-z0-9_-]*=", text) is not None


def _read(file: str, declared: Container[str]) -> dict[str, Given]:
    found: dict[str, Json] = read_mapping(file, "parameters file", zeros=True)
    texts = scalars(file) if any(name in declared for name in found) else {}
    given = {name: _given(name, value, file) for name, value in found.items()}
    for name, one in given.items():
        if name in declared and name in texts:
            line, text = texts[name]
            span = Span(str(Path(file).absolute()), line)
            given[name] = replace(one, span=span, text=text, problem=one.problem if text is None else None)
    return given


def _given(name: object, value: Json, source: str) -> Given:
    return Given(value, source, problem=_problem(source, name, value))


def _typed(name: str, text: str, source: str) -> Given:
    value = decode_text(text)
    return Given(value, source, text, problem=_problem(source, name, value))


def _problem(file: str, name: object, value: Json) -> Diagnostic | None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return BadParameterName(file=file, name=str(name))
    reason = _not_json(value)
    return BadParameterValue(file=file, name=name, reason=reason) if reason else None


def _not_json(value: Json, path: str = "") -> str | None:
    match value:
        case int() if value.bit_length() > LONGEST_INTEGER:
            return f"{path or 'it'} is an integer too long to be written in decimal"
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
            return f"{path or 'it'} is {a(type(value).__name__)}: write it as text, in quotes"
