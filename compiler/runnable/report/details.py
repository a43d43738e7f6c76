"""What the script of a report knows: the columns of all steps, and for each step what its panel shows, packed."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping

from runnable.diagnostics.terminal import plain
from runnable.report.attachments import Attachments
from runnable.report.model import Model, Step
from runnable.report.usage import of_attempt
from runnable.report.wording import KINDS, MARKS, STATUSES, size, value_text
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import AttemptRecord

PER_CHUNK = 256
"""Steps in one packed text; the script unpacks one when a step of it is looked at."""


def columns(model: Model, critical: frozenset[int]) -> dict[str, Json]:
    """The columns of the steps, by which the script lists, searches and draws them; times in milliseconds."""
    steps = model.steps
    return {
        "run": plain(model.record.run_id),
        "began": model.record.started,
        "end": model.end,
        "kinds": list(KINDS),
        "statuses": list(STATUSES),
        "marks": list(MARKS.values()),
        "name": [plain(step.name) for step in steps],
        "parent": [step.parent for step in steps],
        "kind": [KINDS.index(step.kind) for step in steps],
        "status": [STATUSES.index(step.status) for step in steps],
        "start": [step.start for step in steps],
        "stop": [model.end if step.end is None and step.start is not None else step.end for step in steps],
        "took": [None if step.took is None else round(step.took, 1) for step in steps],
        "attempts": [step.attempts for step in steps],
        "critical": sorted(critical),
        "reused": [step.index for step in steps if step.reused],
    }


def panels(model: Model, attachments: Attachments, *, values: bool) -> list[Json]:
    """For each step what its panel shows beside its columns."""
    return [panel(model, step, attachments, values=values) for step in model.steps]


def panel(model: Model, step: Step, attachments: Attachments, *, values: bool) -> Json:
    """What the panel of a step shows beside its columns."""
    record = step.record
    if record is None:
        return {}
    attempts = [
        dict(_attempt(model, attempt, attachments.log(record, attempt), values=values)) for attempt in record.attempts
    ]
    found = {
        "message": plain(record.message) if not attempts else "",
        "changes": [plain(change) for change in record.changes],
        "attempts": attempts,
    }
    return {key: value for key, value in found.items() if value}


def _attempt(model: Model, attempt: AttemptRecord, log: str, *, values: bool) -> Iterator[tuple[str, Json]]:
    start, end = model.clock.at(attempt.started), model.clock.at(attempt.ended)
    yield "status", STATUSES.index(attempt.status)
    yield "start", start
    if end is not None:
        yield "took", end - (start or 0.0)
    for name, text in (
        ("message", attempt.message),
        ("trace", attempt.trace),
        ("reused", attempt.reused),
        ("log", log),
    ):
        if text:
            yield name, plain(text)
    if about := [[plain(name), plain(said)] for name, said in of_attempt(attempt)]:
        yield "about", about
    if values and attempt.inputs:
        yield "inputs", _values(attempt.inputs)
    if values and attempt.outputs:
        yield "outputs", _values(attempt.outputs)
    if values and attempt.metrics:
        yield "metrics", [plain(name) for name in attempt.metrics]
    if attempt.files:
        yield (
            "files",
            [[plain(file["path"]), plain(file["stage"]), size(file.get("size", 0))] for file in attempt.files],
        )


def _values(values: Mapping[str, Json]) -> dict[str, str]:
    return {plain(name): plain(value_text(value)) for name, value in values.items()}


def packed(value: Json, *, quick: bool = False) -> str:
    """`value` as JSON, compressed well or quickly, as text that is safe in HTML."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(zlib.compress(text.encode("utf-8"), 1 if quick else 9)).decode("ascii")


def chunks(values: list[Json]) -> list[list[Json]]:
    """`values`, so many at a time as are packed together."""
    return [values[at : at + PER_CHUNK] for at in range(0, len(values), PER_CHUNK)]
