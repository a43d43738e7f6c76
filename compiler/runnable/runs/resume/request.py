"""What the user asked for when going on with a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runnable.runs.lookup import find_run
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord


@dataclass(frozen=True, slots=True)
class Resumption:
    """The run to go on with. With `rerun_changed`, finished steps that have changed run again, and all after them.

    `parameters` are those that the program goes on with, `others` those that were given now, and are not used, because
    the run began with other values.
    """

    run_id: str
    parameters: Mapping[str, Json]
    others: Mapping[str, Json]
    rerun_changed: bool = False


def request(store: RunLogStore, wanted: str, given: Mapping[str, Json], *, rerun_changed: bool) -> Resumption:
    """Go on with the run that `wanted` means, where `given` are the parameters of now.

    The run goes on with the parameters that it began with; what is new among `given` is added. With `rerun_changed`
    those of now count, and the steps that took others have changed. Raises RecordUnusable.
    """
    record: RunRecord = store.read(find_run(store, wanted))
    if rerun_changed:
        return Resumption(record.run_id, {**record.parameters, **given}, {}, rerun_changed=True)
    others = {name: value for name, value in given.items() if record.parameters.get(name, value) != value}
    return Resumption(record.run_id, {**given, **record.parameters}, others)
