"""Which recorded runs are meant: by status, pipeline, tag and age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.records.records import RunRecord

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGE = pattern(r"(\d+)\s*([smhdw])")


def moment(text: str, now: datetime | None = None) -> datetime:
    """The time that `text` means: an age such as ``30m``, ``12h``, ``7d`` or ``2w``, or a date or time in ISO 8601.

    Without a zone it is this machine's. Raises ValueError.
    """
    if age := _AGE.fullmatch(text.strip()):
        present = now or datetime.now().astimezone()
        try:
            return present - timedelta(**{_UNITS[age[2]]: int(age[1])})
        except OverflowError:
            raise ValueError(f"{text!r} is longer ago than there is a date for") from None
    try:
        return datetime.fromisoformat(text.strip()).astimezone()
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is neither an age such as 7d (s, m, h, d, w) nor a date such as 2026-01-31"
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Runs that match each of these that is given; of `pipelines` and `tags`, which may have `*`, one is enough.

    `since`: those that started then or later. `before`: those that started earlier.
    """

    statuses: Sequence[str] = ()
    pipelines: Sequence[str] = ()
    tags: Sequence[str] = ()
    since: datetime | None = None
    before: datetime | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing is given, so that every run matches."""
        return not (self.statuses or self.pipelines or self.tags or self.since or self.before)

    def has(self, record: RunRecord) -> bool:
        """Whether the run matches, but for its status, which may have to be asked for."""
        if self.pipelines and not any(fnmatchcase(record.pipeline, one) for one in self.pipelines):
            return False
        if self.tags and not any(fnmatchcase(record.tag, one) for one in self.tags):
            return False
        return self._is_of_that_time(record)

    def has_status(self, status: str) -> bool:
        """Whether a run with that status, as it is shown, may match."""
        return not self.statuses or status in self.statuses

    def _is_of_that_time(self, record: RunRecord) -> bool:
        if self.since is None and self.before is None:
            return True
        try:
            started = datetime.fromisoformat(record.started).astimezone()
        except ValueError:  # a record of another's making
            return False
        return not ((self.since and started < self.since) or (self.before and started >= self.before))
