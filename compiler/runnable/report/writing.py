"""From a recorded run to the file of its report."""

from __future__ import annotations

from pathlib import Path

from runnable.diagnostics.errors import OutputError
from runnable.report.attachments import Attachments, Logs
from runnable.report.budget import Budget, OpenFile
from runnable.report.failures import Unrecorded
from runnable.report.page import Content, page
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import RunRecord
from runnable_runtime.stores.storage import NOWHERE, Storage

LARGEST = 20_000_000
"""Bytes of a report, where nothing else is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a report is to have: which logs, values or not, and how many bytes it may be long at most."""

    logs: Logs = Logs.FAILED
    values: bool = True
    largest: int = LARGEST


DEFAULT = Wanted()


def report(
    record: RunRecord,
    open_file: OpenFile,
    wanted: Wanted = DEFAULT,
    *,
    other: RunRecord | None = None,
    catalog: Storage = NOWHERE,
    unrecorded: Unrecorded | None = None,
) -> str:
    """The report of a run, compared with `other` if there is one. The same records give the same text.

    `open_file` opens its logs and notebooks, `catalog` has the files that its tasks have put. `unrecorded` says what is
    to be said of what is no record.
    """
    room = wanted.largest
    while True:
        budget = Budget(room)
        attachments = Attachments(record, open_file, wanted.logs, budget, catalog)
        text = page(
            Content(record=record, attachments=attachments, other=other, values=wanted.values, unrecorded=unrecorded)
        )
        over = len(text.encode("utf-8")) - wanted.largest
        if over <= 0 or budget.taken == 0:
            return text
        room = max(0, budget.taken - over)


def write(file: Path, text: str) -> None:
    """Write a report, replacing an earlier one in one step. Raises OutputError."""
    from runnable_runtime.process.files import write_atomically

    try:
        write_atomically(file, text)
    except OSError as error:
        raise OutputError(f"error: cannot write {file}: {error.strerror or error}") from None
