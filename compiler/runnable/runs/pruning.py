"""Removing recorded runs with all that belongs to them: record, logs, notebooks, and what the catalog has of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from runnable.configuration import Configuration, load_configuration, read_catalog
from runnable.configuration.project import in_project
from runnable.diagnostics.errors import OutputError
from runnable.runs.run_ids import check_run_id
from runnable.runs.stores.store import Removes, RunLogStore
from runnable_runtime.stores.location import StoreError
from runnable_runtime.stores.settings import StoreSettings, open_location


def remove(store: RunLogStore, run_id: str, configuration: Configuration) -> None:
    """Remove a run; `configuration` is what it was made with, and says where its catalog is.

    Its record can no longer be read from the first moment on. Raises RecordUnusable if a process is writing it, and
    OutputError if something of it, or all, cannot be removed; removing it again continues.
    """
    check_run_id(run_id)
    if not isinstance(store, Removes):
        raise OutputError(f"error: runs in {store.name} cannot be removed one by one")
    catalog = read_catalog(configuration).store
    store.remove(run_id, lambda: _remove_files(catalog, run_id))


def half_removed(store: RunLogStore) -> Mapping[str, str]:
    """What killed processes have left half removed: runs' ids, each with the configuration that is recorded of it."""
    return store.half_removed() if isinstance(store, Removes) else {}


def configuration_of(recorded: str, named: str, root: Path) -> Configuration:
    """What a run of the project `root` was made with: the configuration that is `named`, else the recorded one."""
    return load_configuration(named or in_project(recorded, root), root)


def _remove_files(catalog: StoreSettings | None, run_id: str) -> None:
    """Remove all that the catalog has of the run."""
    if catalog is None:
        return
    try:
        if catalog.is_folder:
            _remove_folder(Path(catalog.url), run_id)
            return
        location = open_location(catalog)
        for entry in list(location.entries(run_id)):
            location.delete(entry.key)
    except (StoreError, OSError) as error:
        raise OutputError(
            f"error: cannot remove the files of the run {run_id} from {catalog.url}: {error}\n"
            " = help: the next `runnable prune ... --yes` continues where this one has ended"
        ) from None


def _remove_folder(root: Path, run_id: str) -> None:
    place = root / run_id
    if not place.is_dir():
        return
    if os.path.realpath(place) != os.path.join(os.path.realpath(root), run_id):  # noqa: PTH118 - a text beside another
        raise StoreError(f"{place} is a link, and links in a store are not followed")
    shutil.rmtree(place)
