"""What belongs to a run beside its record and goes into its report: logs, pictures and notebooks."""

from __future__ import annotations

from enum import StrEnum

from runnable.diagnostics.errors import RecordUnusable
from runnable.report.budget import Budget, OpenFile
from runnable.report.cards import Cards, cards
from runnable.report.catalog import Picture, pictures
from runnable.report.notebooks import Notebook, notebooks
from runnable.report.wording import size
from runnable_runtime.records.records import AttemptRecord, RunRecord, Status, StepRecord
from runnable_runtime.stores.storage import Storage

_END_OF_LOG = 8_000
"""Bytes of the end of a log that failed; of all logs, where they are wanted, `_WHOLE_LOG`."""
_WHOLE_LOG = 200_000


class Logs(StrEnum):
    """Which logs a report has: of attempts that failed or were interrupted their ends, of all, of none."""

    FAILED = "failed"
    ALL = "all"
    NONE = "none"


class Attachments:
    """Reads what belongs to a run beside its record."""

    def __init__(self, record: RunRecord, open_file: OpenFile, logs: Logs, budget: Budget, files: Storage) -> None:
        self._record = record
        self._files = files
        self._open = open_file
        self._logs = logs
        self._budget = budget
        self._known: dict[str, str] = {}

    @property
    def left_out(self) -> list[str]:
        """What was left out for want of room, for people."""
        return self._budget.left_out

    def log(self, step: StepRecord, attempt: AttemptRecord) -> str:
        """What goes into the report of the log of an attempt: its end, on which lines that replaced each other are one.

        Empty where there is none, or it is not wanted. That more was printed is said in its first line.
        """
        if not attempt.log or not self._wanted(attempt):
            return ""
        if attempt.log not in self._known:
            text = self._read(attempt.log)
            fits = self._budget.take(len(text.encode("utf-8", "replace")), f"the log of {step.path}")
            self._known[attempt.log] = text if fits else ""
        return self._known[attempt.log]

    def pictures(self) -> list[Picture]:
        """The pictures that the run's tasks have put into the catalog."""
        return list(pictures(self._record, self._files, self._budget))

    def cards(self) -> list[Cards]:
        """The cards that functions have added to their steps."""
        return list(cards(self._record, self._files, self._budget))

    def notebooks(self) -> list[Notebook]:
        """The executed notebooks of the run."""
        return list(notebooks(self._record, self._open, self._budget))

    def _wanted(self, attempt: AttemptRecord) -> bool:
        if self._logs is Logs.FAILED:
            return attempt.status in (Status.FAILED, Status.INTERRUPTED)
        return self._logs is Logs.ALL

    def _read(self, name: str) -> str:
        most = _WHOLE_LOG if self._logs is Logs.ALL else _END_OF_LOG
        try:
            stream = self._open(name)
            if stream is None:
                return ""
            with stream:
                length = stream.seek(0, 2)
                stream.seek(max(0, length - most))
                data = stream.read(most)
        except (OSError, RecordUnusable):  # the latter for a name that leads out of the run's folder
            return "[the log cannot be read]"
        shown = _overwritten(data.decode("utf-8", "replace"))
        return f"[{size(length - most)} before this]\n{shown}" if length > most else shown


def _overwritten(text: str) -> str:
    """A log as a terminal shows it: of a line that a progress bar has written again and again, the last state."""
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
