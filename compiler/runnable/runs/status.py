"""The status of a recorded run, as it is shown."""

from __future__ import annotations

from runnable.runs.stores.store import RunLogStore
from runnable_runtime.records.records import RunRecord

ON_ARGO, ON_KUBERNETES = "on argo", "on kubernetes"


def as_killed(record: RunRecord) -> RunRecord:
    """The record of a run whose process was killed, with what that has left as running as interrupted."""
    from dataclasses import replace

    from runnable_runtime.records.records import KILLED, Status

    steps = {
        path: replace(step.killed(), status=Status.INTERRUPTED, message=KILLED)
        if step.status is Status.RUNNING
        else step
        for path, step in record.steps.items()
    }
    return replace(record, status=Status.INTERRUPTED, message=KILLED, steps=steps)


def shown_status(record: RunRecord, store: RunLogStore) -> str:
    """The run's status, or ``killed`` if it is recorded as running and no process writes it any more.

    Where pods write it, ``on argo`` or ``on kubernetes``: how that stands is not in the record; `pod_runs` asks for it.
    """
    from runnable_runtime.records.records import Status

    if record.status is not Status.RUNNING or store.is_active(record.run_id):
        return str(record.status)
    if not record.workflow:
        return "killed"
    return ON_KUBERNETES if record.is_job else ON_ARGO
