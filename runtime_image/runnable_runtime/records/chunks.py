"""The parts that a record consists of in the chunked stores, whatever they are kept in.

    <run_id>/run.json              the run's own fields
    <run_id>/plan.json             its steps as they were created
    <run_id>/created/<name>.json   steps that became known later, together: the items of a Map; named by the first
    <run_id>/steps/<name>.json     one step as it has become, see `part_lines`; `file_names.encode_path` makes the name
    <run_id>/code/<digest>.json    what the code of some tasks consists of
    <run_id>/ends/<name>.json      how a workflow has ended whose pods wrote the run, see `ends`

The last writer of a part wins; parts do not touch each other, so that several processes can write one run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from runnable_runtime.protocol import Json
from runnable_runtime.records.file_names import encode_path
from runnable_runtime.records.lines import decode as decode
from runnable_runtime.records.lines import encode as encode
from runnable_runtime.records.lines import opened
from runnable_runtime.records.part_lines import SESSION as SESSION
from runnable_runtime.records.part_lines import last_state
from runnable_runtime.records.records import COMPOSITES, RecordError, RunRecord, Status, StepRecord, in_order

if TYPE_CHECKING:
    from runnable_runtime.stores.location import Location

RUN = "run.json"
PLAN = "plan.json"
CREATED = "created"
STEPS = "steps"
CODE = "code"
FOLDERS = (CREATED, STEPS, CODE)
"""Where the parts are of which there may be any number."""


def step_part(path: str) -> str:
    """Where the step at `path` is, relative to its run."""
    return f"{STEPS}/{encode_path(path)}.json"


def created_part(steps: Sequence[StepRecord]) -> str:
    """Where `steps` are, of which nothing was recorded before they were created together; relative to their run."""
    return f"{CREATED}/{encode_path(steps[0].path)}.json"


def code_part(digest: str) -> str:
    """Where the code of `digest` is, relative to its run."""
    return f"{CODE}/{encode_path(digest)}.json"


def is_code(key: str) -> bool:
    """Whether the part under `key` is the code of tasks."""
    return f"/{CODE}/" in key


def parts_in(location: Location, folder: str) -> list[str]:
    """The keys of the parts that are in `folder`, sorted. Raises OSError.

    There are servers that list, for a moment, the file by another name that is to become the part (versitygw does).
    """
    return [entry.key for entry in location.entries(folder) if entry.key.endswith(".json")]


def is_final(step: StepRecord) -> bool:
    """Whether the step has ended, so that its record must not be lost."""
    return step.status not in (Status.CREATED, Status.RUNNING)


def must_be_durable(step: StepRecord) -> bool:
    """Whether the record of a step is all that knows of its end: that of a composite follows from others."""
    return is_final(step) and bool(step.attempts)


def plan_of(run: RunRecord) -> bytes:
    """The plan of a run: its steps, and a copy of its own fields, for when their part is damaged."""
    return encode({**as_created(run.steps.values()), "run": run.header_to_json()})


def as_created(steps: Iterable[StepRecord]) -> dict[str, Json]:
    """The content of a part with several steps, which have what they were created with."""
    return {"steps": [StepRecord(path=step.path, kind=step.kind, place=step.place).to_json() for step in steps]}


Seen = dict[str, tuple[bytes, tuple[StepRecord, ...]]]
"""The steps that were found in a part, by its name, with its content: what `assemble` need not read once more."""


def assemble(
    run: bytes,
    plan: bytes | None,
    steps: Mapping[str, bytes],
    code: Mapping[str, bytes],
    *,
    place: str,
    seen: Seen | None = None,
) -> RunRecord:
    """The record that the parts amount to; `place` is where it is, for people.

    `steps` has the parts with one step and with several, and `code` those of code, by name. What is damaged is left
    out, and said in `RunRecord.damage`. Raises RecordError if the run's own fields are lost.

    Where pods wrote last, composites are left out: what an earlier session has recorded of them is not kept up.

    Who follows a run gives the same `seen` again and again, and for a part that has not changed the same bytes.
    """
    damage: list[str] = []
    planned = _part(PLAN, plan, damage) if plan else {}
    record = _own_fields(run, planned, place, damage)
    found = dict(record.steps)
    created = {name: text for name, text in steps.items() if name.startswith(f"{CREATED}/")}
    for name, text in ((PLAN, plan or b""), *created.items(), *(one for one in steps.items() if one[0] not in created)):
        known = None if seen is None else seen.get(name)
        if known is None or known[0] is not text:
            before = len(damage)
            if name == PLAN or name in created:
                documents = listed(planned if name == PLAN else _part(name, text, damage))
            else:
                notes: list[str] = []
                state = last_state(text, notes, may_grow=record.status in (Status.CREATED, Status.RUNNING))
                documents = [] if state is None else [state]
                damage += [f"{name}: {note}" for note in notes]
            known = (text, tuple(_readable(name, documents, damage)))
            if seen is not None and len(damage) == before:
                seen[name] = known
        found |= {step.path: step for step in known[1]}
    if record.workflow:
        found = {path: step for path, step in found.items() if step.kind not in COMPOSITES}
    parts = {name: {n: p for n, p in one.items() if isinstance(p, str)} for name, one in _parts(code, damage)}
    return replace(record, code=parts, steps=in_order(found.values()), damage=tuple(damage))


def _own_fields(run: bytes, planned: Json, place: str, damage: list[str]) -> RunRecord:
    try:
        document, note = opened(run)
        damage += [f"{RUN}: {note}"] if note else []
        return RunRecord.from_json(document, folder=place)
    except RecordError as error:
        copy = planned.get("run")
        if copy is None or not str(error).startswith("the record is damaged"):
            raise
        damage.append(f"{RUN}: {error}; what it was when the run began is taken")
        return RunRecord.from_json(copy, folder=place)


def _readable(name: str, documents: list[Json], damage: list[str]) -> Iterator[StepRecord]:
    for document in documents:
        try:
            yield StepRecord.from_json(document)
        except RecordError as error:
            damage.append(f"{name}: {error}")


def listed(part: dict[str, Json]) -> list[Json]:
    """The steps of a part that has several."""
    steps = part.get("steps", [])
    return steps if isinstance(steps, list) else []


def _parts(texts: Mapping[str, bytes], damage: list[str]) -> Iterator[tuple[str, Json]]:
    for name, text in texts.items():
        if document := _part(name, text, damage):
            yield name, document


def _part(name: str, text: bytes, damage: list[str]) -> Json:
    """The object of a part; empty, and said in `damage`, if it is damaged."""
    try:
        document, note = opened(text)
    except RecordError as error:
        damage.append(f"{name}: {error}")
        return {}
    damage += [f"{name}: {note}"] if note else []
    return document
