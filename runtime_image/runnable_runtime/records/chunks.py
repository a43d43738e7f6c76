"""The parts that a record consists of in the chunked stores, whatever they are kept in.

    <run_id>/run.json              the run's own fields
    <run_id>/plan.json             its steps as they were created
    <run_id>/steps/<name>.json     one step as it has become; `record_names.encode_path` makes the name
    <run_id>/code/<digest>.json    what the code of some tasks consists of
    <run_id>/ends/<name>.json      how a workflow has ended whose pods wrote the run, see `ends`

The last writer of a part wins; parts do not touch each other, so that several processes can write one run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from runnable_runtime.protocol import Json
from runnable_runtime.records.file_names import encode_path
from runnable_runtime.records.records import COMPOSITES, RecordError, RunRecord, Status, StepRecord, in_order

if TYPE_CHECKING:
    from runnable_runtime.stores.location import Location

RUN = "run.json"
PLAN = "plan.json"
STEPS = "steps"
CODE = "code"


def step_part(path: str) -> str:
    """Where the step at `path` is, relative to its run."""
    return f"{STEPS}/{encode_path(path)}.json"


def code_part(digest: str) -> str:
    """Where the code of `digest` is, relative to its run."""
    return f"{CODE}/{encode_path(digest)}.json"


def parts_in(location: Location, folder: str) -> list[str]:
    """The keys of the parts that are in `folder`, sorted. Raises OSError.

    There are servers that list, for a moment, the file by another name that is to become the part (versitygw does).
    """
    return [entry.key for entry in location.entries(folder) if entry.key.endswith(".json")]


def is_final(step: StepRecord) -> bool:
    """Whether the step has ended, so that its record must not be lost."""
    return step.status not in (Status.CREATED, Status.RUNNING)


def plan_of(steps: Iterable[StepRecord]) -> bytes:
    """The plan of a run with these steps."""
    bare = [StepRecord(path=step.path, kind=step.kind, place=step.place).to_json() for step in steps]
    return encode({"steps": bare})


def assemble(
    run: bytes, plan: bytes | None, steps: Iterable[bytes], code: Mapping[str, bytes], *, place: str
) -> RunRecord:
    """The record that the parts amount to; `place` is where it is, for people. Raises RecordError.

    Where pods wrote last, composites are left out: what an earlier session has recorded of them is not kept up.
    """
    record = RunRecord.from_json(decode(run), folder=place)
    found = dict(record.steps)
    for document in decode(plan).get("steps", ()) if plan else ():
        step = StepRecord.from_json(document)
        found[step.path] = step
    for text in steps:
        step = StepRecord.from_json(decode(text))
        found[step.path] = step
    if record.workflow:
        found = {path: step for path, step in found.items() if step.kind not in COMPOSITES}
    return replace(record, code={digest: decode(text) for digest, text in code.items()}, steps=in_order(found.values()))


def encode(document: Json) -> bytes:
    """One line of compact JSON with its end of line."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def decode(text: bytes) -> Json:
    """The inverse of `encode`. Raises RecordError for what is not a JSON object."""
    try:
        document = json.loads(text.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise RecordError(f"the record is damaged: {error}") from None
    if not isinstance(document, dict):
        raise RecordError("the record is damaged: a part of it is no JSON object")
    return document
