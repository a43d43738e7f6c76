"""Sessions of runs in files: a number for each writer that a run has had, and no write of one that has a successor.

    <run_id>/sessions/<number>.json     {"owner": ...}

A session begins by making the next file, which only one of several can. A writer looks before each write whether there
is one after its own. That it cannot be overtaken between looking and writing is what the lock is for (`locks`); where
there is none, or it was lost, readers of journals leave aside what an older session has written after a newer one.
"""

from __future__ import annotations

import os
from pathlib import Path

from runnable.diagnostics.codes.records import RunActive, RunTakenOver
from runnable.diagnostics.errors import RecordUnusable
from runnable.runs import owners
from runnable.runs.stores.opening import NO_LINKS, open_file, refuse_link
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.lines import decode, encode
from runnable_runtime.records.records import RecordError

SESSIONS = "sessions"


@dataclass(frozen=True, slots=True)
class Session:
    """One session of the run in `folder`, by its `number`, from 1 on."""

    folder: Path
    number: int

    def check(self) -> None:
        """Raise RecordUnusable if a newer session has begun: the record is that one's now."""
        if os.path.lexists(f"{self.folder}/{SESSIONS}/{self.number + 1:06}.json"):  # with every write
            raise RecordUnusable([RunTakenOver(run_id=self.folder.name, by=owners.described(owner_of(self.folder)))])


def begin(folder: Path) -> Session:
    """The next session of the run in `folder`, whose lock this process has.

    Raises OSError, and RecordUnusable if another process begins it at this moment.
    """
    sessions = folder / SESSIONS
    sessions.mkdir(exist_ok=True)
    refuse_link(sessions)
    number = _last(folder) + 1
    try:
        descriptor = os.open(sessions / f"{number:06}.json", os.O_CREAT | os.O_EXCL | os.O_WRONLY | NO_LINKS, 0o644)
    except FileExistsError:
        raise RecordUnusable([RunActive(run_id=folder.name)]) from None
    try:
        os.write(descriptor, encode({"owner": owners.this_process()}))
    finally:
        os.close(descriptor)
    return Session(folder, number)


def owner_of(folder: Path) -> str:
    """The process that began the last session, as `owners` gives it; empty if that is not known."""
    try:
        with open_file(folder / SESSIONS / f"{_last(folder):06}.json") as stream:
            return str(decode(stream.read()).get("owner", ""))
    except (OSError, RecordError):
        return ""


def _last(folder: Path) -> int:
    """The number of the last session, 0 if there is none."""
    try:
        names = os.listdir(folder / SESSIONS)  # noqa: PTH208 - their names are enough
    except FileNotFoundError:
        return 0
    return max((int(name[:-5]) for name in names if name.endswith(".json") and name[:-5].isdecimal()), default=0)
