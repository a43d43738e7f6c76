"""The clock of a run, which stands while no process works at it."""

from __future__ import annotations

from datetime import datetime

from runnable_runtime.records.records import RunRecord


class Clock:
    """Milliseconds for which the run was under way before a recorded time.

    A run that was resumed the next morning is so drawn as what it did, not as a night in which nothing happened. Where
    the end of a session is not known, as in those of pods, all the time between counts.
    """

    def __init__(self, record: RunRecord) -> None:
        earlier = [(_moment(one.started), _moment(one.ended)) for one in record.earlier]
        if any(started >= ended for started, ended in earlier):
            earlier = []
            self._last = _moment(record.started)
        else:
            self._last = _moment(record.resumed or record.started)
        self._earlier = earlier

    @property
    def resumed(self) -> list[float]:
        """When the run was resumed, by this clock."""
        found, passed = [], 0.0
        for started, ended in self._earlier:
            passed += ended - started
            found.append(passed)
        return found

    def at(self, time: str | None) -> float | None:
        """How long the run had been under way at that time; None for None."""
        if time is None:
            return None
        moment = _moment(time)
        passed = max(0.0, moment - self._last)
        for started, ended in self._earlier:
            passed += max(0.0, min(moment, ended) - started)
        return round(passed, 1)


def _moment(time: str) -> float:
    return datetime.fromisoformat(time).timestamp() * 1000
