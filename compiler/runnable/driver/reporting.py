"""The report that a run on this machine ends with, where the key `report` of its configuration asks for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.configuration import Configuration, read_catalog
from runnable.diagnostics.errors import RecordUnusable, RunInterrupted

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord

_FOLDER = "reports"
"""Where reports are, in the project, of runs whose records are in no folder of this machine."""
_NAME = "report.html"


def with_report(configuration: Configuration, run: Callable[[], RunRecord | None]) -> RunRecord | None:
    """What `run` returns, once its report is written. Raises what `run` raises."""
    if configuration.report == "never":
        return run()
    from runnable.runs.stores.settings import open_store
    from runnable_runtime.records.records import Status

    try:
        record = run()
    except RunInterrupted as error:
        try:
            stopped = open_store(configuration).read(error.run_id)
        except RecordUnusable:  # it was in memory only
            raise error from None
        _write(configuration, stopped)
        raise
    if record is not None and (configuration.report == "always" or record.status is not Status.SUCCEEDED):
        _write(configuration, record)
    return record


def _write(configuration: Configuration, record: RunRecord) -> None:
    """Write the report and say where it is. What keeps it from being written is a notice: the run ended as it did."""
    from runnable.execution.progress import choose_progress
    from runnable.execution.progress.text import shown_folder
    from runnable.report.writing import report, write
    from runnable.runs.stores.settings import open_store
    from runnable_runtime.stores.storage import Storage

    file = _place(configuration, record)
    try:
        catalog = read_catalog(configuration)
        files = Storage(catalog.store, record.run_id, folder=catalog.folder)
        store = open_store(configuration)
        write(file, report(record, lambda name: store.file(record.run_id, name), catalog=files))
    except Exception as error:
        choose_progress().notice(f"the run has no report: {str(error).removeprefix('error: ') or repr(error)}")
        return
    choose_progress().notice(f"the report of the run is {shown_folder(str(file))}")


def _place(configuration: Configuration, record: RunRecord) -> Path:
    folder = Path(record.folder) if record.folder else None
    if folder is not None and folder.is_dir():
        return folder.absolute() / _NAME
    return configuration.root.absolute() / _FOLDER / f"{record.run_id}.html"
