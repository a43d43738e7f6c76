"""What the part of a step says, see `chunks`: of its lines, each of them a state of the step, the last one."""

from __future__ import annotations

from collections.abc import Iterator

from runnable_runtime.protocol import Json
from runnable_runtime.records.lines import opened, whole_in
from runnable_runtime.records.records import RecordError, StepRecord

SESSION = "session"
"""The field of a line, or part, with the number of the session that wrote it; those of pods have none."""


def step_in(part: bytes) -> StepRecord | None:
    """The step that a part has, None if nothing was ever written whole. Raises RecordError if that is damaged."""
    damage: list[str] = []
    document = last_state(part, damage, may_grow=True)
    if document is None and damage:
        raise RecordError(damage[0])
    return None if document is None else StepRecord.from_json(document)


def last_state(part: bytes, damage: list[str], *, may_grow: bool) -> Json | None:
    """The object of the last whole line of a part, but for lines that a session has added after a newer one.

    None if there is none. What is damaged is left out, and said in `damage`; but if it `may_grow`, a line without an
    end is one that is being written, or was when its writer was killed.
    """
    found, newest = None, 0
    for document in _states(part, damage, may_grow=may_grow):
        number = document.get(SESSION, newest)
        if not isinstance(number, int) or number >= newest:
            newest = number if isinstance(number, int) else newest
            found = document
    return found


def _states(part: bytes, damage: list[str], *, may_grow: bool) -> Iterator[Json]:
    *lines, rest = part.split(b"\n")
    for line in lines:
        yield from _whole(line, damage)
    if rest and (not may_grow or whole_in(rest)):
        before = len(damage)
        yield from _whole(rest, damage)
        if len(damage) == before and not (may_grow and rest.endswith(b"}")):
            damage.append("its end of line is damaged")
    elif not lines and not may_grow:
        damage.append("the record is damaged: it is empty")


def _whole(line: bytes, damage: list[str]) -> list[Json]:
    """The objects that are whole in a line: itself, or what is found in a damaged one."""
    try:
        document, note = opened(line)
    except RecordError as error:
        found = whole_in(line)
        damage.append(f"{error}; {len(found)} whole in it" if found else str(error))
        return found
    if note:
        damage.append(note)
    return [document]
