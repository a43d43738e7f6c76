"""Whether something of a run still runs on this machine though the process of the run does not."""

from __future__ import annotations

import time

from runnable.diagnostics.codes.records import RunLeftProcesses
from runnable.diagnostics.errors import RecordUnusable
from runnable.runs.owners import process_described
from runnable_runtime.process.leftovers import GRACE, of_place

_WAIT = GRACE + 2.0
"""Seconds in which what is left of a run that was killed is ended by what watches it."""


def refuse_leftovers(run_id: str, place: str) -> None:
    """Wait for the end of what is left of the run whose record is at `place`.

    Raises RecordUnusable, which names the processes, if that takes longer than ending them does.
    """
    if not place:
        return
    until = time.monotonic() + _WAIT
    while left := of_place(place):
        if time.monotonic() > until:
            alive = tuple(process_described(pid) for pid in left)
            raise RecordUnusable([RunLeftProcesses(run_id=run_id, alive=alive)])
        time.sleep(0.05)
