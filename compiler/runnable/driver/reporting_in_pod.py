"""The report of a workflow that a pod after it makes: its environment says where the records are, and the files."""

from __future__ import annotations

import os
from pathlib import Path

from runnable.report.writing import report
from runnable.runs.stores.store import RunLogStore
from runnable_runtime import protocol
from runnable_runtime.records.ends import WorkflowEnd, with_end
from runnable_runtime.records.records import Status
from runnable_runtime.records.times import now
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.storage import Storage


def report_in_pod(run_id: str, status: str) -> str:
    """The report of the run, which ends as `status` says: nobody has recorded that yet. Raises RecordUnusable."""
    store = _store(StoreSettings.decode(os.environ[protocol.RUN_LOG_VARIABLE]))
    workflow = os.environ.get(protocol.WORKFLOW_VARIABLE, "")
    end = WorkflowEnd(workflow=workflow, status=Status(status), ended=now())
    record = with_end(store.read(run_id), [end])
    kept = os.environ.get(protocol.STORE_VARIABLE, "")
    folder = os.environ.get(protocol.DATA_FOLDER_VARIABLE) or "."
    catalog = Storage(StoreSettings.decode(kept) if kept else None, run_id, folder=folder)
    return report(record, lambda name: store.file(run_id, name), catalog=catalog)


def _store(settings: StoreSettings) -> RunLogStore:
    """The store of the pods' records: a bucket, or a folder of a volume."""
    if settings.url.startswith("s3://"):
        from runnable.runs.stores.chunked_s3 import BucketStore

        return BucketStore(settings)
    from runnable.runs.stores.chunked_fs import ChunkedStore

    return ChunkedStore(Path(settings.url))
