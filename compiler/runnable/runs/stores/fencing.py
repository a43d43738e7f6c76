"""Writes to a bucket that a newer session's writes are not lost to: each one on condition of what is there already."""

from __future__ import annotations

from dataclasses import field

from runnable.runs import owners
from runnable.runs.stores.leases import Lease, Lost, owner_of
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.chunks import SESSION, decode, is_code
from runnable_runtime.records.records import RecordError
from runnable_runtime.stores.location import Conflict, Location

_TRIES = 20


@dataclass(slots=True)
class FencedWriter:
    """The writes of one session, under keys that only sessions of its run write.

    A part is replaced only if it is what this session has written, or what an older one has. So the store itself
    refuses what a session writes late, whatever its machine believes about the time.
    """

    location: Location
    lease: Lease
    _versions: dict[str, str] = field(default_factory=dict)

    def write(self, key: str, data: bytes) -> None:
        """Write a part. Raises OSError, and Lost if a newer session has written it, or has begun."""
        self.lease.check()
        if is_code(key):  # it is named by its content: there is no older one
            self.location.write(key, data)
            return
        version = self._versions.get(key)
        for _ in range(_TRIES):
            try:
                self._versions[key] = self.location.replace(key, data, version)
                return
            except Conflict:
                version = self._version_of_older(key, data)
        raise OSError(f"{key} is written by others all the time")

    def _version_of_older(self, key: str, data: bytes) -> str | None:
        """The version of what is there, if that may be replaced. Raises Lost."""
        try:
            found, version = self.location.versioned(key)
        except FileNotFoundError:
            return None
        if found != data and _session_of(found) > self.lease.number:
            raise Lost(owners.described(owner_of(self.location, self.lease.run_id)))
        return version


def _session_of(part: bytes) -> int:
    """The number of the session that wrote a part; 0 for one of pods, or of an older version, or a damaged one."""
    try:
        number = decode(part).get(SESSION, 0)
    except RecordError:
        return 0
    return number if isinstance(number, int) else 0
