"""Reading what a step of a recorded run has returned."""

from __future__ import annotations

import os
from typing import Any

from runnable.configuration import load_configuration, read_catalog
from runnable.configuration.chosen import FILE_VARIABLE
from runnable.configuration.project import recorded_project
from runnable.diagnostics.codes.records import ReturnUnknown
from runnable.diagnostics.errors import RecordUnusable
from runnable.runs.lookup import find_run, find_step
from runnable.runs.stores.project import project_store
from runnable.runs.stores.settings import open_store
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.storage import Storage


def load(run: str, step: str, name: str, configuration_file: str) -> Any:
    """See `runnable.load`."""
    named = os.environ.get(FILE_VARIABLE) or configuration_file
    configuration = load_configuration(named, recorded_project())
    store = open_store(configuration) if named else project_store(configuration)
    record = store.read(find_run(store, run))
    found = find_step(record, step)
    if name not in found.outputs:
        raise RecordUnusable([ReturnUnknown(step=found.path, name=name, known=tuple(found.outputs))])
    objects = Objects(Storage(read_catalog(configuration).store, record.run_id))
    return objects.load(found.outputs[name], name)
