"""What a user asked for when resuming a run."""

from __future__ import annotations

from collections.abc import Mapping

from runnable.runs.lookup import find_run
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord


@dataclass(frozen=True, slots=True)
class Resumption:
    """The run to resume. With `rerun_changed`, finished steps that have changed run again, and all steps after them.

    `parameters` are those that the run is resumed with; `others` are those that were given now and are not used, as
    the run began with other values.
    """

    run_id: str
    parameters: Mapping[str, Json]
    others: Mapping[str, Json]
    rerun_changed: bool = False


def request(store: RunLogStore, wanted: str, given: Mapping[str, Json], *, rerun_changed: bool) -> Resumption:
    """Go on with the run that `wanted` means, where `given` are the parameters of now.

    The run keeps the parameters that it began with; new names in `given` are added. With `rerun_changed` the values in
    `given` count, and the steps that took other values have changed. Raises RecordUnusable.
    """
    record: RunRecord = store.read(find_run(store, wanted))
    if rerun_changed:
        return Resumption(record.run_id, {**record.parameters, **given}, {}, rerun_changed=True)
    others = {name: value for name, value in given.items() if record.parameters.get(name, value) != value}
    return Resumption(record.run_id, {**given, **record.parameters}, others)
