"""How long tasks take in workers, by what they run: so many of them may a worker be handed before it asks for one.

What waits behind a task is taken back when that takes longer than those before it, but not at once (`LATE`): so it is
only done with tasks of which several have lately been quick, and not more than the worker does in a moment.
"""

from __future__ import annotations

from runnable.executors.local.worker_reports import Report
from runnable.ir.nodes import Action
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import Status

LATE = 0.05
"""Seconds without a word from a worker after which what waits in it is taken back: a busy system may need some."""
QUICK = 0.0025
"""Seconds that they have taken, at most, on an average of which the last ones are a part."""
MOMENT = 0.005
"""Seconds that those take, at most, which wait in a worker."""
_OUTLIER = 4
"""How many times as long as others a task may take and count with it: on a busy system one waits for the processor."""
MOST = 8
"""How many may wait in a worker."""
_ENOUGH = 8
"""How many have to end well, one after another, before any is handed ahead."""


@dataclass(slots=True)
class _Pace:
    action: Action
    count: int = 0
    seconds: float = QUICK


class Paces:
    """Of the tasks of one run."""

    def __init__(self) -> None:
        self._of: dict[int, _Pace] = {}

    def note(self, action: Action, report: Report) -> None:
        """Note how long a task has taken that runs `action`. One that has failed, or printed, is not quick."""
        pace = self._of.get(id(action)) or self._of.setdefault(id(action), _Pace(action))
        seconds = min(report.seconds, _OUTLIER * pace.seconds)
        pace.seconds += (seconds - pace.seconds) / _ENOUGH
        quiet = report.unread == (0, 0) and report.outcome.status is Status.SUCCEEDED
        pace.count = pace.count + 1 if quiet else 0

    def slow(self, action: Action) -> None:
        """Note that a task which runs `action` takes longer than the others have."""
        if id(action) in self._of:
            self._of[id(action)].count = 0

    def depth(self, action: Action) -> int:
        """How many tasks that run `action` may wait in a worker."""
        pace = self._of.get(id(action))
        if pace is None or pace.count < _ENOUGH or pace.seconds > QUICK:
            return 0
        return min(MOST, int(MOMENT / pace.seconds))
