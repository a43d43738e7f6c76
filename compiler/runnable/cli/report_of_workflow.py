"""The report of a workflow: of what its pods have recorded, else of its status alone."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.cli.options import named_configuration
from runnable.configuration.project import recorded_project
from runnable.diagnostics.errors import RecordUnusable

if TYPE_CHECKING:
    from runnable.cluster.model import View
    from runnable.cluster.objects import Objects
    from runnable.runs.stores.store import RunLogStore
    from runnable_runtime.records.records import RunRecord

_MISSING = (
    "Made of the workflow's status, since its pods have recorded nothing that can be read here. Inputs, returned "
    "values, tracebacks, files, memory and kinds of tasks are missing (all tasks are said to be containers), and logs "
    "are there as long as the pods are. With a run-log-store in the configuration, reports have them."
)


def report_of_workflow(view: View, objects: Objects, store: RunLogStore, options: argparse.Namespace) -> str:
    """The report, as the text of an HTML file. Raises ClusterError."""
    from runnable.cluster.as_record import pod_logs, record_of
    from runnable.report.attachments import Logs
    from runnable.report.catalog import catalog_of
    from runnable.report.failures import Unrecorded
    from runnable.report.writing import LARGEST, Wanted, report

    wanted = Wanted(
        logs=Logs(getattr(options, "logs", "failed")),
        values=not getattr(options, "no_values", False),
        largest=getattr(options, "max_size", LARGEST),
    )
    if (record := _recorded(view, store)) is not None:
        found = named_in(record, options)
        catalog = catalog_of(found, named_configuration(options), recorded_project())
        return report(found, lambda name: store.file(found.run_id, name), wanted, catalog=catalog)
    logs = f"runnable logs -n {objects.namespace} {view.name}"
    pods = {node: pod["metadata"]["name"] for node, pod in objects.pods(view.name).items()}
    return report(record_of(view, pods), pod_logs(objects, pods), wanted, unrecorded=Unrecorded(_MISSING, logs))


def named_in(record: RunRecord, options: argparse.Namespace) -> RunRecord:
    """`record` with the configuration that the command line names, for commands to paste: pods know none."""
    named = named_configuration(options)
    return replace(record, configuration=named) if record.workflow and named and not record.configuration else record


def _recorded(view: View, store: RunLogStore) -> RunRecord | None:
    """The record that the workflow's pods have written, with what its status says beside; None if there is none."""
    from runnable.cluster.as_record import enriched

    if not view.run:
        return None
    try:
        return enriched(store.read(view.run), view)
    except RecordUnusable:
        return None
