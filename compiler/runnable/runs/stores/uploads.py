"""Writes to a remote store, several at once: of what must not be lost now, of everything else within half a second."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from time import monotonic

from runnable.runs.stores.leases import Lost
from runnable_runtime.stores.location import Location

_EVERY = 0.5
"""Seconds for which a write that can wait does so; another one of the same key meanwhile takes its place."""
_AT_ONCE = 16
_Entry = tuple[str, "bytes | Path"]


class Uploads:
    """Writes of one process, under keys that only it writes.

    `put_ahead` and `put_later` return at once. An error of such a write is raised by the next call. After one that
    failed nothing more is written: by then it may be another's. `write` writes what is no file, `beat` is called every
    `beat_every` seconds meanwhile. One thread uses it.
    """

    def __init__(
        self, location: Location, write: Callable[[str, bytes], None], beat: Callable[[], None], beat_every: float
    ) -> None:
        self._location = location
        self._put = write
        self._beat = beat
        self._beat_every = beat_every
        self._pending: dict[str, bytes | Path] = {}
        self._busy: dict[str, Future[None]] = {}
        """What is being written."""
        self._ahead: deque[Future[None]] = deque()
        self._asked = 0
        self._error: OSError | None = None
        self._closing = False
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(_AT_ONCE, "runnable-upload")
        self._thread = threading.Thread(target=self._work, name="runnable-uploads", daemon=True)
        self._thread.start()

    def put(self, key: str, data: bytes, after: Collection[str] = ()) -> None:
        """Write `data`, and return when it is written; what waits under the keys `after` before it. Raises OSError."""
        self._begin(key, data, after).result()
        self._raise()

    def put_ahead(self, key: str, data: bytes, after: Collection[str] = ()) -> int:
        """Begin to do the same; the number by which `written` knows it. Raises OSError for an earlier write."""
        self._ahead.append(self._begin(key, data, after))
        self._asked += 1
        return self._asked

    def written(self, *, wait: bool) -> int:
        """Up to which number of `put_ahead` all is written; with `wait` that is all. Raises OSError."""
        while self._ahead and (wait or self._ahead[0].done()):
            self._ahead.popleft().result()
        self._raise()
        return self._asked - len(self._ahead)

    def _begin(self, key: str, data: bytes, after: Collection[str]) -> Future[None]:
        with self._changed:
            self._raise()
            self._pending.pop(key, None)
            first = [(one, self._pending.pop(one)) for one in after if one in self._pending]
            return self._submit([*first, (key, data)], after)

    def _submit(self, entries: list[_Entry], after: Collection[str] = ()) -> Future[None]:
        """Have them written one after another, once what is being written under these keys, or `after`, is."""
        keys = [key for key, _ in entries]
        earlier = [self._busy[key] for key in {*keys, *after} if key in self._busy]
        future = self._pool.submit(self._write, entries, earlier)
        self._busy.update(dict.fromkeys(keys, future))
        return future

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
        self._pool.shutdown()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        beaten = monotonic()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing, _EVERY)
                closing = self._closing
                taken, self._pending = self._pending, {}
                begun = [self._submit([entry]) for entry in taken.items()]
            wait(begun)
            with self._changed:
                self._busy = {key: future for key, future in self._busy.items() if not future.done()}
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

    def _write(self, entries: list[_Entry], earlier: list[Future[None]]) -> None:
        wait(earlier)
        for key, data in entries:
            if self._error is not None:
                return
            try:
                if isinstance(data, bytes):
                    self._put(key, data)
                else:
                    self._location.upload(data, key)
            except OSError as error:
                self._error = error
