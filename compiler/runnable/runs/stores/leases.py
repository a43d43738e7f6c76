"""Leases: which runs have a writer, in a store without locks. Each session of a run has a file that its writer renews.

    <run_id>/sessions/<number>.json     {"owner": ..., "beat": ..., "ended": ...}

A session begins by making the next file, which only one of several can. A writer on this machine that has died is known
to have. One elsewhere is succeeded only by a process that has seen its file unchanged for longer than its writer trusts
it. No clock is compared with another machine's for that: the writer measures how long ago it has looked, the successor
how long it has watched, each with a clock that cannot be set and does not stop while the machine sleeps.
"""

from __future__ import annotations

import sys
import time
from dataclasses import field

from runnable.diagnostics.terminal import say
from runnable.runs import owners
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.chunks import decode, encode, parts_in
from runnable_runtime.records.records import RecordError
from runnable_runtime.stores.location import Location

RENEW_EVERY = 15.0
"""Seconds between renewals."""
_TRUSTED = 30.0
"""Seconds after which a writer looks whether it still has the lease, before it writes, or starts, anything more."""
_WATCHED = 35.0
"""Seconds for which a lease has to stay unchanged before another process's eyes until that one may have it."""
_VALID = 60.0
"""Seconds, by the store's own clock, for which a lease that is not renewed is taken for valid without watching it."""
_LOOK_EVERY = 5.0
_SESSIONS = "sessions"


def steady() -> float:
    """Seconds of a clock that nobody sets, and that runs on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Lost(OSError):
    """Another process has taken the run over; `by` says which, for people."""

    def __init__(self, by: str) -> None:
        super().__init__("the run was taken over")
        self.by = by


@dataclass(slots=True)
class Lease:
    """The right to write one run, of this process. `number` is that of the session."""

    location: Location
    run_id: str
    number: int
    _looked: float = field(default_factory=lambda: steady())
    _beat: int = 0

    def check(self) -> None:
        """Look whether this process still has the lease, if that was too long ago. Raises OSError, Lost among them."""
        if steady() - self._looked > _TRUSTED:
            self.renew()

    def renew(self) -> None:
        """Say that this process is still there. Raises OSError, and Lost if there is a newer session."""
        looked = steady()
        if self.location.size(_key(self.run_id, self.number + 1)) is not None:
            raise Lost(owners.described(_owner(self.location, self.run_id, self.number + 1)))
        self._beat += 1
        self.location.write(_key(self.run_id, self.number), _file(self._beat, ended=False))
        self._looked = looked

    def end(self) -> None:
        """Give up the right to write the run. Raises OSError."""
        self.check()
        self.location.write(_key(self.run_id, self.number), _file(self._beat, ended=True))


def acquire(location: Location, run_id: str) -> Lease | None:
    """The lease of a run, None if another process has it. Raises OSError.

    If the last session has not ended, and its process may live elsewhere, this watches its file for a while.
    """
    taken = len(parts_in(location, f"{run_id}/{_SESSIONS}"))
    if is_leased(location, run_id):
        return None
    last = _read(location, run_id, taken) if taken else None
    may_live = last and not last.get("ended") and not owners.is_dead(str(last.get("owner")))
    if may_live and not _stays(location, run_id, taken, last):
        return None
    lease = Lease(location, run_id, taken + 1)  # looks at the clock before the file is made
    try:
        location.write(_key(run_id, taken + 1), _file(0, ended=False), exclusive=True)
    except FileExistsError:
        return None
    return lease


def is_leased(location: Location, run_id: str) -> bool:
    """Whether some process seems to have the lease of a run. Raises OSError."""
    keys = parts_in(location, f"{run_id}/{_SESSIONS}")
    if not keys:
        return False
    try:
        last = _read(location, run_id, len(keys))
        if last is None or last["ended"] or owners.is_dead(last["owner"]):
            return False
        return location.age(_key(run_id, len(keys))) < _VALID
    except (FileNotFoundError, KeyError, TypeError, AttributeError):
        return False


def owner_of(location: Location, run_id: str) -> str:
    """The process of the last session, as `owners` gives it; empty if that is not known. Raises OSError."""
    return _owner(location, run_id, len(parts_in(location, f"{run_id}/{_SESSIONS}")))


def _stays(location: Location, run_id: str, number: int, last: Json) -> bool:
    """Whether the lease is not renewed before our eyes."""
    owner = owners.described(str(last.get("owner")))
    text = f"the run {run_id} has not ended in {owner}: watching for {_WATCHED:.0f} s whether that still renews it"
    say(f"notice: {text}", file=sys.stderr)
    until = steady() + _WATCHED
    while (left := until - steady()) > 0:
        time.sleep(min(_LOOK_EVERY, left))
        if _read(location, run_id, number) != last:
            return False
    return True


def _key(run_id: str, number: int) -> str:
    return f"{run_id}/{_SESSIONS}/{number:06}.json"


def _read(location: Location, run_id: str, number: int) -> Json | None:
    """What the file of a session says; None if that is nothing. Raises OSError."""
    try:
        return decode(location.read(_key(run_id, number)))
    except (FileNotFoundError, RecordError):
        return None


def _owner(location: Location, run_id: str, number: int) -> str:
    return str((_read(location, run_id, number) or {}).get("owner", ""))


def _file(beat: int, *, ended: bool) -> bytes:
    return encode({"owner": owners.this_process(), "beat": beat, "renewed": time.time(), "ended": ended})
