"""All runs of a store, as rows: read once, the newest first, and again when they have changed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from runnable.cluster.run_status import standings
from runnable.diagnostics.errors import RecordUnusable, RunnableError
from runnable.diagnostics.terminal import plain
from runnable.runs.status import ON_ARGO, ON_KUBERNETES, shown_status
from runnable.runs.stores.store import Follows, RunLogStore
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord, Status

_AGAIN = 1.0
"""Seconds after which the runs are looked at again, as long as somebody asks for them."""
_STALE = 60.0
"""Seconds after which a run that has ended is read again, where only reading says whether it has changed."""
_ASK_CLUSTER = 15.0
_AT_ONCE = 8
_TOGETHER = 64
_LONGEST_MESSAGE = 200


@dataclass(slots=True)
class _Known:
    """A run as it was read: by which stamp, when, its own fields if it is under way, and its row."""

    stamp: tuple[int, ...]
    read: float
    record: RunRecord | None
    row: list[Json]


class Listing:
    """The rows; a thread of its own reads them, from the first time that somebody asks."""

    def __init__(self, store: RunLogStore, context: str | None = None) -> None:
        self._store, self._context = store, context
        self._known: dict[str, _Known] = {}
        self._version, self._loading, self._problem = 0, True, ""
        self._asked = threading.Event()
        self._asked_cluster = 0.0
        self._rows_lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="runnable-runs", daemon=True)
        self._begin = threading.Lock()

    def rows(self, since: int) -> str | None:
        """The rows as JSON, the newest run first; None if they are those of version `since`."""
        with self._begin:
            if not self._thread.is_alive():
                self._thread.start()
        self._asked.set()
        with self._rows_lock:
            if self._version == since and self._version:
                return None
            rows = sorted((one.row for one in self._known.values()), key=lambda row: str(row[3]), reverse=True)
            found = {"version": self._version, "loading": self._loading, "problem": self._problem, "rows": rows}
            return json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    def look_again(self) -> None:
        """Look for runs that have begun since the store was last listed."""
        again = getattr(self._store, "look_again", None)
        if again is not None:
            again()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            problem = ""
            try:
                self._scan()
            except RunnableError as error:
                problem = str(error)
            with self._rows_lock:
                if self._loading or problem != self._problem:
                    self._version += 1
                self._loading, self._problem = False, problem
            time.sleep(_AGAIN)

    def _scan(self) -> None:
        self.look_again()
        run_ids = self._store.runs()
        with self._rows_lock:
            for gone in self._known.keys() - set(run_ids):
                del self._known[gone]
                self._version += 1
        due = list(self._due(run_ids))
        with ThreadPoolExecutor(1 if any(stamp for _, stamp in due) else _AT_ONCE) as pool:
            for at in range(0, len(due), _TOGETHER):
                part = due[at : at + _TOGETHER]
                self._learn(dict(zip((name for name, _ in part), pool.map(self._read, part), strict=True)))
        self._ask_cluster()

    def _due(self, run_ids: tuple[str, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The runs to read, with their stamps, what was written last first."""
        store = self._store if isinstance(self._store, Follows) else None
        stamps = {run_id: store.stamp(run_id) if store else () for run_id in run_ids}
        for run_id, stamp in sorted(stamps.items(), key=lambda one: one[1], reverse=True):
            known = self._known.get(run_id)
            moving = known is None or known.record is not None or known.stamp != stamp
            if moving or (known and not stamp and time.monotonic() - known.read > _STALE):
                yield run_id, stamp

    def _read(self, one: tuple[str, tuple[int, ...]]) -> _Known:
        """Read a run; one that its process is still writing has not changed in what the list shows."""
        run_id, stamp = one
        known = self._known.get(run_id)
        try:
            if known and known.record and not known.record.workflow and self._store.is_active(run_id):
                return known
            record = self._store.header(run_id)
            status = shown_status(record, self._store)
        except RecordUnusable as error:
            message = plain(str(error))[:_LONGEST_MESSAGE]
            return _Known(stamp, time.monotonic(), None, [run_id, "unreadable", "", "", None, None, "", message])
        if known and status in (ON_ARGO, ON_KUBERNETES):  # what the cluster has said of it
            status = str(known.row[1])
        under_way = record if record.status is Status.RUNNING else None
        return _Known(stamp, time.monotonic(), under_way, _row(record, status))

    def _learn(self, found: dict[str, _Known]) -> None:
        with self._rows_lock:
            before = [one.row for name in found if (one := self._known.get(name))]
            self._known |= found
            if before != [one.row for one in found.values()]:
                self._version += 1

    def _ask_cluster(self) -> None:
        """Ask how the runs stand that pods write, now and then: a cluster that is not there takes seconds."""
        now = time.monotonic()
        open_runs = [one.record for one in self._known.values() if one.record and one.record.workflow]
        if not open_runs or now < self._asked_cluster:
            return
        self._asked_cluster = now + _ASK_CLUSTER
        with suppress(RunnableError):
            for run_id, standing in standings(self._store, open_runs, self._context).items():
                known = self._known[run_id]
                self._learn({run_id: _Known(known.stamp, now, known.record, _row(standing.record, standing.status))})


def _row(record: RunRecord, status: str) -> list[Json]:
    """A run as the list has it: id, status, pipeline, start, end, seconds, tag, message."""
    seconds = round(record.seconds, 3) if record.ended else None
    message = plain(record.message).partition("\n")[0][:_LONGEST_MESSAGE]
    return [
        record.run_id,
        status,
        plain(record.pipeline),
        record.started,
        record.ended,
        seconds,
        plain(record.tag),
        message,
    ]
