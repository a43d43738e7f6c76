"""The pictures that tasks of a run have put into its catalog, read for its report."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from runnable.configuration import load_configuration, read_catalog
from runnable.configuration.project import in_project
from runnable.diagnostics.errors import ConfigurationError
from runnable.report.budget import Budget
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import StorageFailed
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord, StepRecord
from runnable_runtime.stores.storage import NOWHERE, Storage

_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
_BEGINNINGS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/svg+xml": b"<"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a step: its file's name, and the picture as a `data:` address, or why it is not here."""

    step: str
    name: str
    address: str = ""
    missing: str = ""


def catalog_of(record: RunRecord, named: str, root: Path) -> Storage:
    """The store with the files of a run, by the configuration `named`, else by that which its record names.

    Nowhere if that configuration cannot be used: a report is made without pictures then, which it says.
    """
    try:
        file = named or in_project(record.configuration, root)
        catalog = read_catalog(load_configuration(file, root))
    except ConfigurationError:
        return NOWHERE
    return Storage(catalog.store, record.run_id, folder=catalog.folder)


def pictures(record: RunRecord, storage: Storage, budget: Budget) -> Iterator[Picture]:
    """The pictures that tasks have put, in the order of the pipeline, as far as they fit and are what was put."""
    for step in record.steps.values():
        for file in step.attempts[-1].files if step.attempts else ():
            kind = _TYPES.get(PurePosixPath(file["path"]).suffix.lower())
            if kind and file["stage"] == "put" and file.get("stored", True):
                found = _picture(step, file, kind, storage, budget)
                if found is not None:
                    yield found


def _picture(step: StepRecord, file: Mapping[str, Json], kind: str, storage: Storage, budget: Budget) -> Picture | None:
    name = file["path"]
    if storage.store is None:
        return Picture(step.path, name, missing="the run's catalog is not known here")
    length = file.get("size", 0) * 4 // 3
    if not budget.take(length, name):
        return None
    try:
        data = storage.open().read(storage.file_key(name), 0, file.get("size", 0) + 1)
    except (OSError, StorageFailed) as error:
        return Picture(step.path, name, missing=f"it cannot be read: {getattr(error, 'strerror', None) or error}")
    if hashlib.sha256(data).hexdigest() != file["sha256"]:
        return Picture(step.path, name, missing="another file has replaced it in the catalog")
    if not data.lstrip().startswith(_BEGINNINGS[kind]):
        return Picture(step.path, name, missing=f"it is no {kind}")
    return Picture(step.path, name, f"data:{kind};base64,{base64.b64encode(data).decode()}")
