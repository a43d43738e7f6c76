"""Suggestions as a patch of the pipeline's file: `resources=…` in the calls that make the steps."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from difflib import unified_diff
from typing import Any

from runnable_runtime.deferred import dataclass

OPTION = "resources"
_OURS = ("cpu", "memory")
"""What is suggested; devices and other resources of a step stay as they are."""
Resources = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the step called `name`, whose call begins in the line `line`, is to have."""

    name: str
    line: int
    resources: Resources


@dataclass(frozen=True, slots=True)
class Edit:
    """A text in place of what is from `start` to `end`, in bytes of the file."""

    start: int
    end: int
    text: str


def patched(source: str, wanted: Iterable[Wanted]) -> tuple[str, list[Wanted]]:
    """The file's text with what is wanted, and what could not be written: its call is not in that line, or unclear.

    Raises SyntaxError if it is not Python.
    """
    data, calls = source.encode(), _calls(source)
    edits: dict[int, Edit] = {}
    left: list[Wanted] = []
    for one in wanted:
        found = [call for call in calls if call.lineno == one.line and _may_be(call, one.name)]
        edit = _edit(data, found[0], one.resources) if len(found) == 1 else None
        if edit is None:
            left.append(one)
        else:
            edits[edit.start] = edit
    for edit in sorted(edits.values(), key=lambda one: -one.start):
        data = data[: edit.start] + edit.text.encode() + data[edit.end :]
    return data.decode(), left


def patch(source: str, changed: str, file: str) -> str:
    """A unified diff that `git apply` and `patch -p1` take; empty if nothing has changed."""
    lines = unified_diff(source.splitlines(keepends=True), changed.splitlines(keepends=True), f"a/{file}", f"b/{file}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _calls(source: str) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]


def _may_be(call: ast.Call, name: str) -> bool:
    """Whether a call makes a step of that name: it says so, or is of a class for steps and says nothing of a name."""
    says = next((one.value for one in call.keywords if one.arg == "name"), None)
    if isinstance(says, ast.Constant):
        return bool(says.value == name)
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return function.endswith(("Task", "Job"))


def _edit(data: bytes, call: ast.Call, resources: Resources) -> Edit | None:
    """The edit of a call that gives it `resources`; None where it cannot be said where that goes."""
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    given = next((one.value for one in call.keywords if one.arg == OPTION), None)
    if given is not None:
        merged = _merged(given, resources)
        if merged is None or given.end_lineno is None or given.end_col_offset is None:
            return None
        start = starts[given.lineno - 1] + given.col_offset
        return Edit(start, starts[given.end_lineno - 1] + given.end_col_offset, json.dumps(merged))
    arguments: list[Any] = [*call.args, *call.keywords]
    if not arguments or any(one.arg is None for one in call.keywords):  # `**options` may have it
        return None
    last = max(arguments, key=lambda one: (one.end_lineno, one.end_col_offset))
    end = starts[last.end_lineno - 1] + last.end_col_offset
    return Edit(end, end, f", {OPTION}={json.dumps(resources)}")


def _merged(given: ast.expr, resources: Resources) -> dict[str, Any] | None:
    """What stands there with other amounts of memory and processors; None if it is no plain mapping."""
    try:
        before = ast.literal_eval(given)
    except ValueError:
        return None
    sides = ("requests", "limits")
    if not isinstance(before, dict) or not all(isinstance(before.get(side, {}), dict) for side in sides):
        return None
    found = {name: value for name, value in before.items() if name not in (*_OURS, *sides)}
    for side in sides:
        kept = {name: value for name, value in before.get(side, {}).items() if name not in _OURS}
        if both := {**resources.get(side, {}), **kept}:
            found[side] = both
    return found
