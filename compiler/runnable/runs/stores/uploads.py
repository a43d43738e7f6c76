"""Writes to a remote store: at once for what must not be lost, within half a second for everything else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

from runnable.runs.stores.leases import Lost
from runnable_runtime.stores.location import Location

_EVERY = 0.5
"""Seconds for which a write that can wait does so; another one of the same key meanwhile takes its place."""
_AT_ONCE = 8


class Uploads:
    """Writes of one process, under keys that only it writes.

    `put_later` returns at once. An error of a later write is raised by the next call. After one that failed
    nothing more is written: by then it may be another's. `write` writes what is no file, `beat` is called every
    `beat_every` seconds meanwhile.
    """

    def __init__(
        self, location: Location, write: Callable[[str, bytes], None], beat: Callable[[], None], beat_every: float
    ) -> None:
        self._location = location
        self._put = write
        self._beat = beat
        self._beat_every = beat_every
        self._pending: dict[str, bytes | Path] = {}
        self._busy: set[str] = set()
        self._error: OSError | None = None
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="runnable-uploads", daemon=True)
        self._thread.start()

    def put(self, key: str, data: bytes, after: Collection[str] = ()) -> None:
        """Write `data`, and return when it is written; what waits under the keys `after` before it. Raises OSError."""
        with self._changed:
            self._pending.pop(key, None)
            first = [(one, self._pending.pop(one)) for one in after if one in self._pending]
            self._changed.wait_for(lambda: self._busy.isdisjoint((key, *after)))
            self._raise()
        for entry in (*first, (key, data)):
            self._write(entry)
            self._raise()

    def put_later(self, key: str, data: bytes | Path) -> None:
        """Write `data`, or the content of a file, soon. Raises OSError for an earlier write."""
        with self._changed:
            self._raise()
            self._pending[key] = data

    def close(self) -> None:
        """Write what is left, and end. Raises OSError, again if a call before this one has."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        beaten = monotonic()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._closing, _EVERY)
                    closing = self._closing
                    taken, self._pending = self._pending, {}
                    self._busy = set(taken)
                list(pool.map(self._write, taken.items()))
                with self._changed:
                    self._busy = set()
                    self._changed.notify_all()
                    if self._error or (closing and not self._pending):
                        return
                if monotonic() - beaten > self._beat_every:
                    beaten = monotonic()
                    try:
                        self._beat()
                    except Lost as error:
                        self._error = error
                    except OSError:  # the next write that counts will say so
                        pass

    def _write(self, entry: tuple[str, bytes | Path]) -> None:
        key, data = entry
        try:
            if self._error is not None:
                return
            if isinstance(data, bytes):
                self._put(key, data)
            else:
                self._location.upload(data, key)
        except OSError as error:
            self._error = error
