"""What a function's docstring says of an argument, in the three usual forms: Google's, NumPy's and Sphinx's."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any


def argument_help(function: Callable[..., Any], name: str) -> str:
    """What the docstring of `function` says of the argument `name`, on one line; empty if it says nothing."""
    text = inspect.getdoc(function) or ""
    lines = text.splitlines()
    quoted = re.escape(name)
    sphinx = re.compile(rf":param\s+(?:[^:]*\s)?{quoted}:\s*(?P<rest>.*)")
    google = re.compile(rf"(?P<indent>\s+)\*{{0,2}}{quoted}(?:\s*\([^)]*\))?:\s*(?P<rest>.*)")
    numpy = re.compile(rf"{quoted}(?:\s*:.*)?$")
    for index, line in enumerate(lines):
        if found := sphinx.match(line):
            return _joined(found["rest"], lines[index + 1 :], 0, before=":")
        if (found := google.match(line)) and _section(lines[:index]) in ("args:", "arguments:", "parameters:"):
            return _joined(found["rest"], lines[index + 1 :], len(found["indent"]))
        if numpy.match(line) and _is_numpy(lines[:index]):
            return _joined("", lines[index + 1 :], 0)
    return ""


def summary(function: Callable[..., Any] | object) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())


def _section(above: list[str]) -> str:
    """The last line above that is not indented: the heading of a Google section."""
    return next((line.strip().casefold() for line in reversed(above) if line and not line[0].isspace()), "")


def _is_numpy(above: list[str]) -> bool:
    """Whether the last heading above, which is underlined, is that of the parameters."""
    heads = [above[i - 1].strip().casefold() for i, line in enumerate(above) if i and re.fullmatch(r"-{3,}\s*", line)]
    return bool(heads) and heads[-1] in ("parameters", "other parameters")


def _joined(first: str, rest: list[str], indent: int, before: str = "") -> str:
    """`first` with the lines that continue it: those that are indented more than `indent`."""
    words = [first]
    for line in rest:
        depth = len(line) - len(line.lstrip())
        if not line.strip() or depth <= indent or (before and line.lstrip().startswith(before)):
            break
        words.append(line)
    return " ".join(" ".join(words).split())
