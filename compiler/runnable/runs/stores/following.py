"""Following runs while they are written: of a journal the lines that are new, of parts those that have changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from runnable.runs.stores.folders import check_id, unreadable
from runnable.runs.stores.journal import JOURNAL, SESSION_OF, code_in, read_journal
from runnable.runs.stores.opening import open_file, refuse_link
from runnable.runs.stores.store import Follower, Follows, RunLogStore
from runnable_runtime.deferred import pattern
from runnable_runtime.records import ends
from runnable_runtime.records.chunks import CODE, FOLDERS, PLAN, RUN, Seen, assemble
from runnable_runtime.records.lines import decode, is_sealed
from runnable_runtime.records.records import RecordError, RunRecord, StepRecord, in_order
from runnable_runtime.stores.location import Location

_OF_STEPS = tuple(f"{folder}/" for folder in FOLDERS if folder != CODE)
_STEP = pattern(rb'\{"step":\{"path":"((?:[^"\\]|\\.)*)"')


def following(store: RunLogStore, run_id: str) -> Follower:
    """Who looks at a run of any store."""
    return store.follow(run_id) if isinstance(store, Follows) else _Rereads(store, run_id)


def stamp_of(file: Path) -> tuple[int, ...]:
    """Numbers that change when the file does; none if it is not there."""
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


class _Rereads:
    """Follows a run of a store that knows no better: all of it is read."""

    def __init__(self, store: RunLogStore, run_id: str) -> None:
        self._store, self._run_id = store, run_id
        self._last: RunRecord | None = None

    def update(self) -> RunRecord | None:
        """See `Follower.update`."""
        found = self._store.read(self._run_id)
        changed = found != self._last
        self._last = found
        return found if changed else None


class JournalFollower:
    """Follows a journal from where it was read to. Of the lines about one step only the last is ever looked into.

    A journal that is not as its writers leave it is read as a whole, each time that it has grown.
    """

    def __init__(self, log_folder: Path, run_id: str) -> None:
        self._folder, self._run_id = log_folder / run_id, run_id
        self._file = -1
        self._begin()

    def _begin(self) -> None:
        self._offset = self._size = self._newest = 0
        self._run: RunRecord | None = None
        self._steps: dict[str, StepRecord] = {}
        self._lines: dict[bytes, bytes] = {}
        self._code: dict[str, Mapping[str, str]] = {}
        self._unusual = False

    def update(self) -> RunRecord | None:
        """See `Follower.update`."""
        with unreadable(self._run_id):
            refuse_link(self._folder)
            with open_file(self._folder / JOURNAL) as stream:
                found = os.fstat(stream.fileno())
                if found.st_ino != self._file or found.st_size < self._size:  # it was replaced: a run is resumed so
                    self._begin()
                if found.st_size == self._size:
                    return None
                self._file, self._size = found.st_ino, found.st_size
                record = None if self._unusual else self._read(stream)
            if record is None:
                self._unusual = True
                record = read_journal(self._folder)
            check_id(record, self._run_id)
            return record

    def _read(self, stream: BinaryIO) -> RunRecord | None:
        """The record with the lines that are new; None if one of them is not as it should be."""
        stream.seek(self._offset)
        try:
            for line in stream:
                if not line.endswith(b"\n"):  # it is being written
                    break
                self._offset += len(line)
                self._take(line)
            for line in self._lines.values():
                step = StepRecord.from_json(decode(line)["step"])
                self._steps[step.path] = step
            self._lines.clear()
        except (RecordError, KeyError):
            return None
        if self._run is None:
            return None
        return replace(self._run, code=dict(self._code), steps=in_order({**self._run.steps, **self._steps}.values()))

    def _take(self, line: bytes) -> None:
        session = SESSION_OF.search(line)
        number = int(session[1]) if session else self._newest
        if number < self._newest:
            return
        self._newest = number
        if not is_sealed(line):
            raise RecordError("it is damaged, or of an older version")
        if found := _STEP.match(line):
            self._lines[found[1]] = line
            return
        entry = decode(line)
        if "code" in entry and "schema_version" not in entry:
            self._code |= code_in(entry["code"])
        elif "run" in entry:
            known = self._run.steps if self._run else {}
            self._run = replace(RunRecord.from_json(entry["run"], folder=str(self._folder)), steps=known)
        else:
            self._run = RunRecord.from_json(entry, folder=str(self._folder))
            self._code |= self._run.code


class PartsFollower:
    """Follows a run in the layout of `chunks`: of what is listed, the parts whose version is another are read."""

    def __init__(self, location: Location, run_id: str, place: str, *, at_once: int = 1) -> None:
        self._location, self._run_id, self._place, self._at_once = location, run_id, place, at_once
        self._versions: dict[str, str] = {}
        self._texts: dict[str, bytes] = {}
        self._seen: Seen = {}

    def update(self) -> RunRecord | None:
        """See `Follower.update`."""
        with unreadable(self._run_id):
            listed = {one.key: one.version for one in self._location.entries(self._run_id) if self._is_part(one.key)}
            changed = [key for key, version in listed.items() if not version or self._versions.get(key) != version]
            gone = self._texts.keys() - listed.keys()
            if not changed and not gone:
                return None
            for key in gone:
                del self._texts[key]
            from concurrent.futures import ThreadPoolExecutor  # whoever follows no run needs none

            with ThreadPoolExecutor(self._at_once) as pool:
                found = dict(zip(changed, pool.map(self._location.read, changed), strict=True))
            same = all(self._texts.get(key) == text for key, text in found.items()) and not gone
            self._texts |= found
            self._versions = listed
            return None if same else self._record()

    def _record(self) -> RunRecord:
        start = len(self._run_id) + 1
        parts = {key[start:]: text for key, text in sorted(self._texts.items())}
        code = {Path(name).stem: text for name, text in parts.items() if name.startswith(f"{CODE}/")}
        steps = {name: text for name, text in parts.items() if name.startswith(_OF_STEPS)}
        if RUN not in parts:
            raise RecordError(f"there is none in {self._place}")
        record = assemble(parts[RUN], parts.get(PLAN), steps, code, place=self._place, seen=self._seen)
        check_id(record, self._run_id)
        return ends.ended(record, self._location)

    def _is_part(self, key: str) -> bool:
        first, _, inner = key[len(self._run_id) + 1 :].partition("/")
        return first in (RUN, PLAN) or (first in (*FOLDERS, ends.ENDS) and inner.endswith(".json"))
