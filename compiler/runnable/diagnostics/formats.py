"""Findings for other programs: a list in JSON, GitHub's workflow commands, and SARIF 2.1.0."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from runnable.diagnostics.findings import Finding

_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "hint": "note"}
_COMMANDS = {"error": "error", "warning": "warning", "hint": "notice"}
_BASE = "WORKINGDIRECTORY"


def as_json(findings: Sequence[Finding]) -> str:
    """A list of objects, one for each finding; docs/command-line.md has their keys."""
    return json.dumps([one.to_json() for one in findings], indent=1)


def as_github(findings: Sequence[Finding]) -> str:
    """A workflow command for each finding, which GitHub Actions shows beside the line of code."""
    return "\n".join(map(_command, findings))


def as_sarif(findings: Sequence[Finding]) -> str:
    """A log in SARIF 2.1.0, the Static Analysis Results Interchange Format of OASIS."""
    from runnable_runtime import __version__

    codes = sorted({one.code for one in findings if one.code})
    driver = {"name": "runnable", "version": __version__, "rules": _rules(codes)}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"uri": f"{Path.cwd().as_uri()}/"}},
        "results": [_result(one, codes) for one in findings],
    }
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=1)


FORMATS: Mapping[str, Callable[[Sequence[Finding]], str]] = {
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
}
"""What `--output-format` takes, beside `text`."""


def _command(one: Finding) -> str:
    properties = {"title": f"runnable {one.code}" if one.code else "runnable"}
    if one.file and one.line:
        properties = {"file": _near(one.file), "line": str(one.line), **properties}
    else:
        properties = {"file": one.named_file, **properties}
    shown = ",".join(f"{name}={_escaped(value, in_property=True)}" for name, value in properties.items())
    return f"::{_COMMANDS[one.severity]} {shown}::{_escaped(_whole(one))}"


def _escaped(text: str, *, in_property: bool = False) -> str:
    """`text` as the runner's parser of commands takes it."""
    for character, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(character, code)
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def _whole(one: Finding) -> str:
    lines = [one.message, f"note: {one.note}" if one.note else "", f"help: {one.help}" if one.help else ""]
    return "\n".join(filter(None, lines))


def _near(file: str) -> str:
    """`file` relative to the working folder, where it lies below it."""
    path = Path(file)
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else file


def _rules(codes: Sequence[str]) -> list[dict[str, Any]]:
    if not codes:
        return []
    from runnable.diagnostics.codes import all_codes

    known = {one.code: one for one in all_codes()}
    return [
        {
            "id": code,
            "name": known[code].__name__,
            "shortDescription": {"text": known[code].explanation.partition(". ")[0].removesuffix(".") + "."},
            "fullDescription": {"text": known[code].explanation},
            "defaultConfiguration": {"level": _LEVELS[known[code].severity]},
        }
        if code in known
        else {"id": code}
        for code in codes
    ]


def _result(one: Finding, codes: Sequence[str]) -> dict[str, Any]:
    rule = {"ruleId": one.code, "ruleIndex": codes.index(one.code)} if one.code else {}
    file = one.file or os.path.abspath(one.named_file)  # noqa: PTH100 - it may not be there
    near = _near(file)
    if near.startswith("<"):  # such as <stdin>
        place: dict[str, Any] = {}
    elif Path(near).is_absolute():
        place = {"artifactLocation": {"uri": Path(near).as_uri()}}
    else:
        place = {"artifactLocation": {"uri": _quoted(near), "uriBaseId": _BASE}}
    region = {"region": {"startLine": one.line}} if one.line and place else {}
    locations = [{"physicalLocation": {**place, **region}}] if place else []
    return {**rule, "level": _LEVELS[one.severity], "message": {"text": _whole(one)}, "locations": locations}


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(path)
