"""How runs stand that pods write: what a cluster says of a workflow or Job is recorded, whoever has asked for it.

No pod of a workflow knows how that ends, and nothing of ours runs when it does.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from runnable.diagnostics.errors import ClusterError, ConfigurationError, OutputError
from runnable.diagnostics.terminal import say
from runnable.runs.run_ids import check_run_id
from runnable.runs.status import ON_ARGO, ON_KUBERNETES, shown_status
from runnable.runs.stores.store import KeepsEnds, RunLogStore
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.ends import WorkflowEnd, with_end
from runnable_runtime.records.records import JOB, RunRecord, Status

if TYPE_CHECKING:
    from runnable.cluster.api import Api
    from runnable.cluster.model import View

T = TypeVar("T")

GONE = "gone"
"""The status of a run whose workflow or Job is no longer on the cluster, and of whose end there is no record."""
_LONGEST = 10.0
"""Seconds that a command spends at most on what it was not called for."""
_CONNECT_SECONDS, _READ_SECONDS = 2.0, 5.0


class Recorder:
    """Writes ends of workflows to `store`, as far as it has their runs."""

    def __init__(self, store: RunLogStore) -> None:
        self._store = store

    def ended(self, view: View) -> None:
        """Write how the workflow has ended, if it has. That it cannot be written is reported, and is no error."""
        from runnable.cluster.recording import end_of

        store, end = self._store, end_of(view)
        if end is None or not view.run or not isinstance(store, KeepsEnds):
            return
        try:
            _within(_LONGEST, lambda: store.write_end(check_run_id(view.run), end))
        except TimeoutError:
            _not_recorded(f"{self._store.name} does not answer within {_LONGEST:.0f} s")
        except OutputError as error:
            _not_recorded(str(error).partition("\n")[0].removeprefix("error: "))
        except ConfigurationError:  # a workflow of another's making
            _not_recorded(f"{view.run!r} is no run's id")


@dataclass(frozen=True, slots=True)
class Standing:
    """A run as it is shown: its record, with what its workflow's status knows beside, its status, and what to know."""

    record: RunRecord
    status: str
    note: str = ""


def standings(
    store: RunLogStore, records: Iterable[RunRecord], context: str | None, *, ended: bool = False
) -> dict[str, Standing]:
    """How runs stand, by their ids. Of those that pods write the cluster of the kubeconfig's `context` is asked.

    One that cannot be asked soon leaves them as they are recorded. What it says of an end is written to `store`.
    With `ended` it is asked about workflows whose end is recorded too: no pod has recorded stubs and composites.
    """
    found = {record.run_id: Standing(record, shown_status(record, store)) for record in records}
    asked = [
        standing.record
        for standing in found.values()
        if standing.status in (ON_ARGO, ON_KUBERNETES) or (ended and standing.record.workflow)
    ]
    if asked:
        with suppress(TimeoutError, ClusterError):
            _within(_LONGEST, lambda: _ask(store, asked, context, found))
    return dict(found)


def _ask(store: RunLogStore, records: list[RunRecord], context: str | None, found: dict[str, Standing]) -> None:
    from runnable.cluster.api import Api, ClusterAway

    api = replace(Api.connect(context), connect_seconds=_CONNECT_SECONDS, read_seconds=_READ_SECONDS)
    for record in records:
        try:
            found[record.run_id], end = _asked(api, record, found[record.run_id])
        except ClusterAway:
            raise
        except ClusterError:  # one may not look there, or its nodes cannot be read
            continue
        if end is not None and isinstance(store, KeepsEnds):
            with suppress(OutputError):  # one may read the records and not write them
                store.write_end(record.run_id, end)


def _asked(api: Api, record: RunRecord, before: Standing) -> tuple[Standing, WorkflowEnd | None]:
    from runnable.cluster.as_record import enriched
    from runnable.cluster.objects import Objects
    from runnable.cluster.recording import end_of, end_of_job
    from runnable.cluster.view import view

    kind = "Job" if record.is_job else "Workflow"
    namespace, _, name = record.workflow.removeprefix(JOB if record.is_job else "").partition("/")
    found = Objects(api, namespace).find(kind, name)
    if found is None and record.status is not Status.RUNNING:
        return before, None
    if found is None:
        note = f"its {kind.lower()} is no longer on the cluster {api.host}; steps are as they were recorded"
        return Standing(record, GONE, note), None
    shown = None if record.is_job else view(found)
    end = end_of_job(found) if shown is None else end_of(shown)
    if record.run_id != (name if shown is None else shown.run):
        return before, None
    if shown is not None:
        record = enriched(record, shown)
    elif end is not None:
        record = with_end(record, [end])
    return Standing(record, str(Status.RUNNING if end is None else record.status)), end


def _within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` returns. Raises what it raises, and TimeoutError if it lasts longer; it is left alone then."""
    found: Future[T] = Future()

    def run() -> None:
        try:
            found.set_result(work())
        except Exception as error:
            found.set_exception(error)

    threading.Thread(target=run, name="runnable-aside", daemon=True).start()
    return found.result(seconds)


def _not_recorded(reason: str) -> None:
    say(f"notice: how it ended is not recorded: {reason}", file=sys.stderr)
