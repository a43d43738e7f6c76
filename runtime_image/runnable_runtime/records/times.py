"""Times as records have them: text in ISO 8601, UTC, with microseconds: ``2026-01-31T12:00:00.000000+00:00``."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """The present time."""
    return _text(datetime.now(UTC))


def as_recorded(time: str) -> str:
    """A time in ISO 8601 of any other form and zone."""
    return _text(datetime.fromisoformat(time).astimezone(UTC))


def seconds_between(started: str | None, ended: str | None) -> float:
    """The seconds from one recorded time to another; 0 where one of them is missing."""
    if started is None or ended is None:
        return 0.0
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def _text(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")
