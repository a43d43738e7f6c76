"""Repairing records: what is whole is written anew, and what is damaged is kept beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runnable.diagnostics.codes.records import RunActive
from runnable.diagnostics.errors import RecordUnusable
from runnable.runs.stores import leases
from runnable.runs.stores.folders import claim, sync_file, writing
from runnable.runs.stores.journal import JOURNAL, read_journal
from runnable.runs.stores.opening import open_descriptor, open_file
from runnable_runtime.process.files import sync_folder
from runnable_runtime.records.chunks import CREATED, FOLDERS, PLAN, RUN, SESSION, STEPS, listed, parts_in, plan_of
from runnable_runtime.records.lines import encode, opened
from runnable_runtime.records.part_lines import last_state
from runnable_runtime.records.records import RecordError, RunRecord, StepRecord
from runnable_runtime.stores.location import Location

DAMAGED = "damaged"
"""What is added to the name of a file that was damaged; for parts of records, the folder that they are moved to."""


def repair_journal(log_folder: Path, run_id: str) -> Path:
    """Write the journal of a run anew from its whole lines; where the damaged one is kept.

    Raises RecordUnusable while another process writes the run, OutputError, OSError, and RecordError if nothing is left
    to say what it was a record of.
    """
    folder = log_folder / run_id
    with _claimed(log_folder, run_id), writing(folder):
        record = read_journal(folder)
        kept, anew = _free(folder / f"{JOURNAL}.{DAMAGED}"), folder / f"{JOURNAL}.tmp"
        _write(anew, encode(record.to_json()) + encode({"run": record.header_to_json()}))
        os.link(folder / JOURNAL, kept)
        anew.replace(folder / JOURNAL)
        sync_folder(folder)
    return kept


def repair_chunks(log_folder: Path, run_id: str, read: Callable[[Path], RunRecord]) -> Path:
    """Move the damaged parts of a run aside, and write anew what is whole in them; raises as above."""
    folder = log_folder / run_id
    with _claimed(log_folder, run_id), writing(folder):
        record = read(folder)
        kept = _free(folder / DAMAGED)
        for part in (RUN, PLAN, *(f"{d}/{f.name}" for d in FOLDERS for f in sorted((folder / d).glob("*.json")))):
            if (folder / part).exists() and _is_damaged(folder / part, part):
                (kept / part).parent.mkdir(parents=True, exist_ok=True)
                (folder / part).replace(kept / part)
                if whole := _whole_in(kept / part, part):
                    _write(folder / part, whole)
                if part.startswith(f"{CREATED}/"):  # the plan has what was whole in it, too
                    (folder / PLAN).unlink(missing_ok=True)
        for part, content in ((PLAN, plan_of(record)), (RUN, encode(record.header_to_json()))):
            if not (folder / part).exists():
                _write(folder / part, content)
        sync_folder(folder)
    return kept


def repair_bucket(location: Location, run_id: str, read: Callable[[str], RunRecord]) -> str:
    """The same in a bucket, where the damaged parts are copied to other keys; raises as above."""
    record = read(run_id)
    lease = leases.acquire(location, run_id)
    if lease is None:
        raise RecordUnusable([RunActive(run_id=run_id)])
    try:
        return _repair_bucket(location, record, f"{run_id}/{DAMAGED}/{lease.number:06}")
    finally:
        lease.end()


def _repair_bucket(location: Location, record: RunRecord, kept: str) -> str:
    run_id = record.run_id
    parts = [RUN, PLAN, *(key.partition("/")[2] for d in FOLDERS for key in parts_in(location, f"{run_id}/{d}"))]
    for part in parts:
        try:
            content = location.read(f"{run_id}/{part}")
        except FileNotFoundError:
            continue
        if _is_damaged_part(content, part):
            location.write(f"{kept}/{part}", content)
            if whole := _whole_state(content, part):
                location.write(f"{run_id}/{part}", whole)
            else:
                location.delete(f"{run_id}/{part}")
            if part.startswith(f"{CREATED}/"):
                location.delete(f"{run_id}/{PLAN}")
    for part, content in ((PLAN, plan_of(record)), (RUN, encode(record.header_to_json()))):
        if location.size(f"{run_id}/{part}") is None:
            location.write(f"{run_id}/{part}", content)
    return f"{location.name}/{kept}"


def _is_damaged(file: Path, part: str) -> bool:
    try:
        with open_file(file) as stream:
            return _is_damaged_part(stream.read(), part)
    except OSError:
        return True


def _is_damaged_part(content: bytes, part: str) -> bool:
    try:
        if part.startswith(f"{STEPS}/"):
            notes: list[str] = []
            state = last_state(content, notes, may_grow=False)
            StepRecord.from_json(state or {})
            return bool(notes)
        document, note = opened(content)
        if part == RUN:
            RunRecord.from_json(document)
        elif part == PLAN or part.startswith(f"{CREATED}/"):
            for step in listed(document):
                StepRecord.from_json(step)
    except RecordError:
        return True
    return bool(note)


def _whole_in(file: Path, part: str) -> bytes:
    try:
        with open_file(file) as stream:
            return _whole_state(stream.read(), part)
    except OSError:
        return b""


def _whole_state(content: bytes, part: str) -> bytes:
    """The last whole state in the damaged part of a step, as it is to be written anew; empty if there is none."""
    state = last_state(content, [], may_grow=False) if part.startswith(f"{STEPS}/") else None
    try:
        return (
            b"" if state is None else encode({**StepRecord.from_json(state).to_json(), SESSION: state.get(SESSION, 0)})
        )
    except RecordError:
        return b""


@contextmanager
def _claimed(log_folder: Path, run_id: str) -> Iterator[None]:
    held = claim(log_folder, run_id)
    try:
        yield
    finally:
        held.release()


def _free(place: Path) -> Path:
    """`place`, with a number if there is something already."""
    number, found = 1, place
    while found.exists() or found.is_symlink():
        number += 1
        found = place.with_name(f"{place.name}.{number}")
    return found


def _write(place: Path, content: bytes) -> None:
    place.unlink(missing_ok=True)
    descriptor = open_descriptor(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        sync_file(stream.fileno())
