"""How a report words durations, sizes, values, statuses and kinds."""

from __future__ import annotations

import json
from collections.abc import Mapping

from runnable.execution.progress.text import duration as of_seconds
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Kind, Status
from runnable_runtime.values.reference import Reference

GROUP = "group"
"""The kind of what only its members are recorded of: composites have no records where pods wrote the run."""
MARKS = {
    Status.SUCCEEDED: "✓",
    Status.FAILED: "✗",
    Status.INTERRUPTED: "■",
    Status.RUNNING: "▶",
    Status.SKIPPED: "\N{EN DASH}",
    Status.CREATED: "○",
}
"""Beside each status, so that no colour is needed to see it."""
STATUSES = tuple(MARKS)
KINDS = (*Kind, GROUP)
_MEMBERS: Mapping[str, tuple[str, str]] = {
    Kind.MAP: ("item", "items"),
    Kind.LOOP: ("iteration", "iterations"),
    Kind.CONDITIONAL: ("branch", "branches"),
    Kind.PARALLEL: ("branch", "branches"),
}
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)
LONGEST_VALUE = 2_000
"""Characters of a value that are shown; the record has it whole."""


def duration(milliseconds: float | None) -> str:
    """Such as ``4 ms``, ``1.25 s``, ``12.3 s``, ``2 min 05 s`` or ``1 h 02 min``; empty for None.

    The script words them the same.
    """
    if milliseconds is None:
        return ""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms" if milliseconds >= 1 else "<1 ms"
    return of_seconds(milliseconds / 1000)


def size(count: int) -> str:
    """A number of bytes, such as ``812 bytes``, ``14 KB`` or ``3.2 MB``."""
    if count < 1000:
        return f"{count} bytes"
    number, unit = (count / 1000, "KB") if count < 1_000_000 else (count / 1_000_000, "MB")
    return f"{number:.1f} {unit}" if number < 10 else f"{number:,.0f} {unit}"


def counted(number: int, one: str, many: str = "") -> str:
    """`number` with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def members(kind: str, number: int) -> str:
    """How many members a composite of that kind has."""
    return counted(number, *_MEMBERS.get(kind, ("step", "steps")))


def value_text(value: Json, longest: int = LONGEST_VALUE) -> str:
    """A value as JSON, cut; of one that is in the store, what it is."""
    if isinstance(value, Reference):
        return repr(value)
    shown = _ENCODER.encode(value)
    return shown if len(shown) <= longest else f"{shown[:longest]}… ({len(shown):,} characters)"
