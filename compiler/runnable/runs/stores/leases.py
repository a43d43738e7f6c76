"""Leases: which runs have a writer, in a store without locks. Each session of a run has a file that its writer renews.

    <run_id>/sessions/<number>.json     {"owner": ..., "renewed": ..., "ended": ...}

A session begins by making the next file, which only one of several can. A writer on this machine that has died is known
to have; of one elsewhere it is assumed when it has not renewed its file for a while.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from runnable.runs import owners
from runnable_runtime.records.chunks import decode, encode, parts_in
from runnable_runtime.records.records import RecordError
from runnable_runtime.stores.location import Location

RENEW_EVERY = 20.0
"""Seconds between renewals; a request may take as long as that again before it fails."""
_VALID = 120.0
"""Seconds after the last renewal for which a lease is valid, by the clocks of two machines."""
_SESSIONS = "sessions"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one run, of this process."""

    location: Location
    key: str

    def renew(self) -> None:
        """Say that this process is still there. Raises OSError."""
        self.location.write(self.key, _file(ended=False))

    def end(self) -> None:
        """Give up the right to write the run. Raises OSError."""
        self.location.write(self.key, _file(ended=True))


def acquire(location: Location, run_id: str) -> Lease | None:
    """The lease of a run, None if another process has it. Raises OSError."""
    taken = len(parts_in(location, f"{run_id}/{_SESSIONS}"))
    if is_leased(location, run_id):
        return None
    key = f"{run_id}/{_SESSIONS}/{taken + 1:06}.json"
    try:
        location.write(key, _file(ended=False), exclusive=True)
    except FileExistsError:
        return None
    return Lease(location, key)


def is_leased(location: Location, run_id: str) -> bool:
    """Whether some process has the lease of a run. Raises OSError."""
    keys = parts_in(location, f"{run_id}/{_SESSIONS}")
    if not keys:
        return False
    try:
        last = decode(location.read(keys[-1]))
        if last["ended"] or owners.is_dead(last["owner"]):
            return False
        return bool(time.time() - last["renewed"] < _VALID)
    except (FileNotFoundError, KeyError, RecordError, TypeError, AttributeError):
        return False


def _file(*, ended: bool) -> bytes:
    return encode({"owner": owners.this_process(), "renewed": time.time(), "ended": ended})
