"""Reading journals (`file_system` writes them): whatever is damaged is left out, said, and does no harm to the rest."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path

from runnable.runs.stores.opening import open_file
from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.protocol import Json
from runnable_runtime.records.chunks import SESSION as SESSION
from runnable_runtime.records.lines import opened, whole_in
from runnable_runtime.records.records import RecordError, RunRecord, StepRecord, in_order

JOURNAL = "run.jsonl"
_RUN_LINE = b'{"run":'
_SEALED = pattern(rb'"crc":"[0-9a-f]{8}"\}\Z')
SESSION_OF = pattern(rb',"session":(\d{1,9}),"crc":"[0-9a-f]{8}"\}\s*\Z')
_TAIL = 64 * 1024
"""The part of a journal's end, in bytes, that is searched for the line that ended the run."""


@dataclass(slots=True)
class Entries:
    """Goes through the lines of a journal. `damage` says what was found to be damaged until now."""

    folder: Path
    damage: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Json]:
        """The object of each whole line, in order, but for what a session has written after a newer one.

        Raises OSError.
        """
        newest = 0
        for document in self._whole():
            number = document.get(SESSION, newest)
            if not isinstance(number, int) or number >= newest:
                newest = number if isinstance(number, int) else newest
                yield document

    def _whole(self) -> Iterator[Json]:
        with open_file(self.folder / JOURNAL) as stream:
            for number, line in enumerate(stream, 1):
                if not line.endswith(b"\n"):
                    yield from self._torn(number, line)
                    return
                try:
                    document, note = opened(line)
                except RecordError as error:
                    yield from self._salvaged(number, line, str(error))
                    continue
                if note:
                    self.say(number, note)
                yield document

    def say(self, number: int, what: str) -> None:
        """Note that a line is damaged."""
        self.damage.append(f"line {number} of {JOURNAL}: {what}")

    def _salvaged(self, number: int, line: bytes, reason: str) -> list[Json]:
        found = whole_in(line)
        self.say(number, f"{reason}; {len(found)} whole in it" if found else reason)
        return found

    def _torn(self, number: int, line: bytes) -> Iterator[Json]:
        """A last line without an end was being written when its writer ended: it is left aside, as it always was."""
        if whole_in(line) and not _SEALED.search(line):
            self.say(number, "its end of line is damaged; left out")
        return iter(())


def read_journal(folder: Path) -> RunRecord:
    """The record that the journal in `folder` amounts to. Raises OSError, or RecordError if nothing says what it is."""
    entries = Entries(folder)
    run: RunRecord | None = None
    steps: dict[str, StepRecord] = {}
    code: dict[str, Mapping[str, str]] = {}
    newer: RecordError | None = None
    for number, entry in enumerate(entries, 1):
        try:
            if "step" in entry:
                step = StepRecord.from_json(entry["step"])
                steps[step.path] = step
            elif "code" in entry and "schema_version" not in entry:
                code |= code_in(entry["code"])
            elif "run" in entry:
                run = RunRecord.from_json(entry["run"], folder=str(folder))
            else:
                run = RunRecord.from_json(entry, folder=str(folder))
                steps, code = {**run.steps, **steps}, {**run.code, **code}
        except RecordError as error:
            newer = newer or error
            entries.say(number, str(error))
    if run is None:
        raise newer or RecordError("it was cut off before it had begun" if not entries.damage else entries.damage[0])
    return replace(run, code=code, steps=in_order(steps.values()), damage=tuple(entries.damage))


def read_header(folder: Path) -> RunRecord:
    """The run in `folder`; its steps are left out if it has ended. Raises OSError or RecordError."""
    with open_file(folder / JOURNAL) as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - _TAIL))
        last = _last(line for line in reversed(stream.readlines()) if line.endswith(b"\n"))
        try:
            if last.startswith(_RUN_LINE):
                return RunRecord.from_json(opened(last)[0]["run"], folder=str(folder))
            stream.seek(0)
            first = stream.readline()
            if first.endswith(b"\n"):
                return RunRecord.from_json(opened(first)[0], folder=str(folder))
        except RecordError:
            pass
    return read_journal(folder)


def _last(lines: Iterable[bytes]) -> bytes:
    """The last line of the newest session, of lines from the last one on; empty if there are none."""
    found, newest = b"", -1
    for line in lines:
        seal = SESSION_OF.search(line)
        number = int(seal[1]) if seal else 0
        if number > newest:
            found, newest = line, number
    return found


def code_in(parts: Json) -> dict[str, dict[str, str]]:
    """What the code consists of, as a line has it. Raises RecordError."""
    if not isinstance(parts, dict):
        raise RecordError("the record is damaged: what the code consists of is no JSON object")
    return {
        digest: {name: part for name, part in one.items() if isinstance(part, str)}
        for digest, one in parts.items()
        if isinstance(one, dict)
    }
