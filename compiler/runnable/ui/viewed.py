"""A run that somebody looks at: what is new in its record becomes a new version of what the page shows."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from runnable.cluster.as_record import completed
from runnable.cluster.run_status import GONE, Standing, standings
from runnable.diagnostics.errors import RunnableError
from runnable.report.attachments import Attachments, Logs
from runnable.report.budget import Budget
from runnable.report.catalog import catalog_of
from runnable.report.details import panel
from runnable.report.model import Model
from runnable.report.order import critical_path
from runnable.report.page import Content, all_columns, page
from runnable.runs.status import as_killed
from runnable.runs.stores.following import following
from runnable.runs.stores.store import RunLogStore
from runnable.ui.guard import Refused
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord, Status
from runnable_runtime.stores.storage import NOWHERE

_SOON = 0.25
_ASK_CLUSTER = 5.0
_LARGEST = 10_000_000
"""Bytes of pictures, notebooks and logs in a page."""


class Viewed:
    """One run of `store`, followed. All methods may be called by several threads."""

    def __init__(self, store: RunLogStore, run_id: str, *, named: str, root: Path, context: str | None) -> None:
        self._store, self._run_id, self._context = store, run_id, context
        self._named, self._root = named, root
        self._follower = following(store, run_id)
        self._lock = threading.RLock()
        self._due = 0.0
        self._recorded: RunRecord | None = None
        self._asking = 0.0
        self._asked_at_end = False
        self._standing: Standing | None = None
        self._drawn_standing: Standing | None = None
        self._shown: tuple[int, Model, str] | None = None
        self._other: Model | None = None

    def page(self, other: str, *, parts: bool) -> str:
        """The page of the run; with `parts` without the columns, which the script has already."""
        version, model, _ = self._look()
        record = model.record
        catalog = catalog_of(record, self._named, self._root)
        attachments = Attachments(record, self._open, Logs.FAILED, Budget(_LARGEST), catalog)
        against = self._compared(other)
        content = Content(
            record=record,
            attachments=attachments,
            other=against.record if against else None,
            version=0 if parts else version,
            live=True,
        )
        return page(content, model)

    def columns(self, since: int, other: str) -> str | None:
        """The columns of the steps as JSON; None if there is nothing new since that version."""
        version, model, note = self._look()
        if version == since:
            return None
        columns = all_columns(model, critical_path(model), self._compared(other))
        ended = model.record.status is not Status.RUNNING
        shown = {"version": version, "ended": ended, "note": note, "columns": columns}
        return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))

    def step(self, path: str) -> Json:
        """The details of a step. Raises Refused if there is none at that path."""
        _, model, _ = self._look()
        step = model.find(path)
        if step is None:
            raise Refused(HTTPStatus.NOT_FOUND, "The run has no such step.")
        return panel(
            model, step, Attachments(model.record, self._open, Logs.ALL, Budget(_LARGEST), NOWHERE), values=True
        )

    def _look(self) -> tuple[int, Model, str]:
        """The version, what is shown, and a note, as far as known a moment ago. Raises RecordUnusable."""
        with self._lock:
            began = time.monotonic()
            if self._shown is None or began >= self._due:
                self._update()
                self._due = time.monotonic() + max(_SOON, time.monotonic() - began)
            assert self._shown is not None
            return self._shown

    def _update(self) -> None:
        before, asked = self._recorded, self._drawn_standing
        self._recorded = self._follower.update() or before
        assert self._recorded is not None
        record, note = self._stands(self._recorded)
        shown = self._shown
        changed = self._recorded is not before or self._drawn_standing is not asked
        if shown is None or changed or note != shown[2] or record.status is not shown[1].record.status:
            self._shown = shown[0] + 1 if shown else 1, Model(record), note

    def _stands(self, record: RunRecord) -> tuple[RunRecord, str]:
        """The record as it is shown, with what is known of the process, or workflow, that writes it."""
        if record.workflow:
            return self._of_workflow(record)
        if record.status is not Status.RUNNING or self._store.is_active(record.run_id):
            return record, ""
        return as_killed(record), ""

    def _of_workflow(self, record: RunRecord) -> tuple[RunRecord, str]:
        """With the steps that no pod records, as far as the cluster has been asked: while it runs, and at its end."""
        standing = self._drawn_standing = self._standing
        ended = record.status is not Status.RUNNING
        if time.monotonic() >= self._asking and not (ended and self._asked_at_end):
            self._asking, self._asked_at_end = time.monotonic() + _ASK_CLUSTER, ended
            threading.Thread(target=self._ask, args=(record,), daemon=True).start()
        if standing is None:
            return record, ""
        record = completed(record, standing.record)
        if ended:
            return record, ""
        if standing.record.status is not Status.RUNNING:  # its end is not in the store: that may only be read
            return replace(record, status=standing.record.status, ended=standing.record.ended), standing.note
        return record, standing.note or ("" if standing.status != GONE else "Its workflow is gone.")

    def _ask(self, record: RunRecord) -> None:
        with suppress(RunnableError):
            found = standings(self._store, [record], self._context, ended=True)[record.run_id]
            seen = found.status != GONE or record.status is Status.RUNNING  # what was seen of one that is gone stays
            if seen and found != self._standing:  # else the page would be made again for nothing
                self._standing = found

    def _compared(self, other: str) -> Model | None:
        if not other:
            return None
        with self._lock:
            if self._other is None or self._other.record.run_id != other:
                if other not in self._store.runs():
                    raise Refused(HTTPStatus.NOT_FOUND, "There is no such run to compare with.")
                self._other = Model(self._store.read(other))
            return self._other

    def _open(self, name: str) -> BinaryIO | None:
        return self._store.file(self._run_id, name)
