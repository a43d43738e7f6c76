"""Many members of a composite as a strip of cells: one SVG path a status, so that ten thousand are five elements."""

from __future__ import annotations

from runnable.report.html import Html, tag
from runnable.report.model import Step
from runnable_runtime.records.records import Status

PER_ROW, CELL = 64, 10
"""Cells in a row, and the size of one; the script finds the member under the pointer by them."""


def strip(steps: list[Step]) -> Html:
    """A cell for each step in their order; the shape of a cell says its status too."""
    found: dict[Status, list[str]] = {}
    for number, step in enumerate(steps):
        x, y = number % PER_ROW * CELL, number // PER_ROW * CELL
        found.setdefault(step.status, []).append(_cell(step.status, x, y))
    rows = -(-len(steps) // PER_ROW)
    width, height = min(len(steps), PER_ROW) * CELL, rows * CELL
    told = ", ".join(f"{len(cells):,} {status}" for status, cells in found.items())
    paths = (tag("path", class_=str(status), d="".join(cells)) for status, cells in found.items())
    return tag(
        "svg",
        *paths,
        class_="strip",
        width=width,
        height=height,
        role="img",
        aria_label=f"{len(steps):,} members: {told}",
        data_first=steps[0].parent,
    )


def _cell(status: Status, x: int, y: int) -> str:
    if status is Status.FAILED:  # a cross
        return f"M{x + 1} {y + 1}l8 8m0-8l-8 8"
    if status in (Status.SKIPPED, Status.CREATED):  # small
        return f"M{x + 3} {y + 3}h4v4h-4z"
    if status is Status.INTERRUPTED:  # half as high
        return f"M{x + 1} {y + 5}h8v4h-8z"
    return f"M{x + 1} {y + 1}h8v8h-8z"
