"""An attempt as a run of this machine has recorded it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from runnable.configuration.catalog import CatalogSettings
from runnable.ir.unit import CompilationUnit
from runnable.replay.recorded import Recorded, find
from runnable_runtime.protocol import ATTEMPT_VARIABLE, RUN_ID_VARIABLE, Json
from runnable_runtime.records.records import AttemptRecord, RunRecord
from runnable_runtime.stores.storage import Storage
from runnable_runtime.values.reference import Reference


def from_run(
    record: RunRecord, path: str, attempt: AttemptRecord, unit: CompilationUnit, file: str, catalog: CatalogSettings
) -> Recorded:
    """The attempt at the step `path`, whose code is what the pipeline in `file` has for it now.

    `catalog` is where the run kept files and values. Raises RecordUnusable (RN907) if the pipeline has no such step.
    """
    found = find(unit, path, file)
    options = found.task.options
    return Recorded(
        run=record.run_id,
        spec=found.spec,
        parameters=_with_references(attempt.inputs, record),
        project=Path(unit.program.root or "."),
        folder=Path(unit.program.root or "."),
        attempt=attempt.number,
        status=str(attempt.status),
        message=attempt.message,
        function=found.function,
        options=options,
        environment={
            **found.variables,
            **dict(options.env),
            RUN_ID_VARIABLE: record.run_id,
            ATTEMPT_VARIABLE: str(attempt.number),
        },
        image=options.image or "",
        storage=Storage(catalog.store, record.run_id, path, attempt.number, catalog.folder),
    )


def _with_references(inputs: Mapping[str, Json], record: RunRecord) -> dict[str, Json]:
    """The inputs of a record, in which a reference is shown as its JSON object, with the references themselves.

    Only what a step of the run is recorded to have left in the store is taken for a reference, whatever it looks like.
    """
    keys = {
        value.key
        for step in record.steps.values()
        for attempt in step.attempts
        for value in attempt.outputs.values()
        if isinstance(value, Reference)
    }
    return {name: _restored(value, keys) for name, value in inputs.items()} if keys else dict(inputs)


def _restored(value: Json, keys: set[str]) -> Json:
    if isinstance(value, list):
        return [_restored(item, keys) for item in value]
    if isinstance(value, dict) and value.get("key") in keys and "sha256" in value:
        return Reference.from_json(value)
    return value
