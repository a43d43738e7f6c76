"""Executed notebooks of a run, read for its report: sources, texts, errors and pictures; HTML and scripts are left."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from contextlib import suppress

from runnable.diagnostics.errors import RecordUnusable
from runnable.report.budget import Budget, OpenFile
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import AttemptRecord, RunRecord, StepRecord

_LARGEST = 20_000_000
_LONGEST = 4_000
"""Characters of one text in a notebook that are shown."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its kind ("code", "markdown", "raw"), its source, and what it has put out."""

    kind: str
    source: str
    texts: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notebook:
    """The executed notebook of an attempt, or why it is not shown."""

    step: str
    attempt: int
    cells: tuple[Cell, ...] = ()
    missing: str = ""


def notebooks(record: RunRecord, open_file: OpenFile, budget: Budget) -> Iterator[Notebook]:
    """The notebooks of the last attempts, in the order of the pipeline, as far as they fit."""
    for step in record.steps.values():
        attempt = step.attempts[-1] if step.attempts else None
        if attempt is not None and attempt.notebook:
            found = _notebook(step, attempt, attempt.notebook, open_file, budget)
            if found is not None:
                yield found


def _notebook(
    step: StepRecord, attempt: AttemptRecord, name: str, open_file: OpenFile, budget: Budget
) -> Notebook | None:
    data = b""
    with suppress(OSError, RecordUnusable):
        stream = open_file(name)
        if stream is not None:
            with stream:
                data = stream.read(_LARGEST)
    if not data:
        return Notebook(step.path, attempt.number, missing="It is no longer there.")
    try:
        cells = tuple(_cells(json.loads(data)))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return Notebook(step.path, attempt.number, missing="It cannot be read.")
    length = sum(len(text) for cell in cells for text in (cell.source, *cell.texts, *cell.errors, *cell.pictures))
    if not budget.take(length, f"the notebook of {step.path}"):
        return None
    return Notebook(step.path, attempt.number, cells)


def _cells(document: Json) -> Iterator[Cell]:
    for one in document["cells"]:
        texts: list[str] = []
        errors: list[str] = []
        pictures: list[str] = []
        for output in one.get("outputs", ()):
            if output.get("output_type") == "error":
                errors.append(_cut("\n".join(map(str, output.get("traceback", ())))))
            elif output.get("output_type") == "stream":
                texts.append(_cut(_text(output.get("text", ""))))
            else:
                _shown(output.get("data", {}), texts, pictures)
        source = _cut(_text(one.get("source", "")))
        yield Cell(str(one.get("cell_type", "")), source, tuple(texts), tuple(errors), tuple(pictures))


def _shown(data: Json, texts: list[str], pictures: list[str]) -> None:
    """What is shown of an output: its picture, else its text; nothing of it can do anything."""
    for kind in ("image/png", "image/jpeg"):
        if kind in data and (encoded := _encoded(_text(data[kind]))):
            pictures.append(f"data:{kind};base64,{encoded}")
            return
    if "image/svg+xml" in data:
        encoded = base64.b64encode(_text(data["image/svg+xml"]).encode("utf-8", "replace")).decode("ascii")
        pictures.append(f"data:image/svg+xml;base64,{encoded}")
    elif "text/plain" in data:
        texts.append(_cut(_text(data["text/plain"])))


def _encoded(text: str) -> str:
    """`text` if it is Base64, without line breaks; empty otherwise."""
    try:
        return base64.b64encode(base64.b64decode(text, validate=False)).decode("ascii")
    except (binascii.Error, ValueError):
        return ""


def _text(value: Json) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"
