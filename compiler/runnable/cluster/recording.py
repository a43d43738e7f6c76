"""What a workflow, or a Job, is to the records that its pods write: which run it is, and how that has ended."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from runnable.cluster.advice import plain
from runnable.cluster.model import Phase, View
from runnable.diagnostics.wording import listed
from runnable.targets.argo.expressions import RUN_NAME
from runnable.targets.argo.reading.workflow import cached_in, spec_and_templates
from runnable_runtime.protocol import RUN_ID_VARIABLE, RUN_LOG_VARIABLE, RUN_VARIABLE
from runnable_runtime.records.ends import WorkflowEnd
from runnable_runtime.records.records import JOB, RunRecord, Status
from runnable_runtime.records.times import as_recorded
from runnable_runtime.values.texts import decode_text

STOPPED = "the workflow was stopped"
_MOST = 3
_JOB_ENDS = {"Complete": Status.SUCCEEDED, "Failed": Status.FAILED}
"""The conditions of a Job that has ended."""


def recorded_run(spec: Mapping[str, Any], templates: Iterable[Mapping[str, Any]], name: str) -> str:
    """The id of the run that the pods of the workflow `name` record; empty if they record nothing."""
    for template in (spec.get("templateDefaults") or {}, *templates):
        found = {v["name"]: str(v.get("value", "")) for v in (template.get("container") or {}).get("env") or []}
        if RUN_LOG_VARIABLE in found:
            return found.get(RUN_ID_VARIABLE, "").replace(RUN_NAME, name)
    return ""


def begun_without_pods(workflow: Mapping[str, Any], run: str, nodes: Iterable[Mapping[str, Any]]) -> RunRecord | None:
    """The run's own record, of a workflow that has ended without a pod that could have written it.

    That is so where Argo's cache had all that its steps return.
    """
    found = list(nodes)
    if not run or any(node["type"] == "Pod" for node in found) or not any(map(cached_in, found)):
        return None
    spec, _ = spec_and_templates(workflow)
    variables = ((spec.get("templateDefaults") or {}).get("container") or {}).get("env") or []
    about = json.loads(next((v.get("value", "{}") for v in variables if v["name"] == RUN_VARIABLE), "{}"))
    metadata, given = workflow["metadata"], (workflow.get("spec") or {}).get("arguments") or spec.get("arguments") or {}
    parameters = {p["name"]: decode_text(str(p["value"])) for p in given.get("parameters") or [] if "value" in p}
    return RunRecord(
        run_id=run,
        pipeline=about.get("pipeline", ""),
        source=about.get("source", ""),
        workflow=f"{metadata.get('namespace', '')}/{metadata['name']}",
        started=as_recorded(workflow["status"]["startedAt"]),
        parameters=parameters,
    )


def end_of(view: View) -> WorkflowEnd | None:
    """How the workflow has ended, as records have it; None while it goes on."""
    if not view.phase.ended or not view.finished:
        return None
    ended = as_recorded(view.finished)
    workflow = f"{view.namespace}/{view.name}"
    status, message = Status.FAILED, _failed(view) or plain(view.message)
    if view.phase is not Phase.FAILED:
        status, message = Status.SUCCEEDED, ""
    elif view.stopping:
        status, message = Status.INTERRUPTED, STOPPED
    return WorkflowEnd(
        workflow=workflow, status=status, ended=ended, message=message, steps=view.programs, begun=view.begun
    )


def end_of_job(job: Mapping[str, Any]) -> WorkflowEnd | None:
    """How a Job of Kubernetes has ended, as records have it; None while it goes on."""
    metadata, conditions = job["metadata"], (job.get("status") or {}).get("conditions") or []
    workflow = f"{JOB}{metadata['namespace']}/{metadata['name']}"
    for condition in conditions:
        if condition["status"] == "True" and condition["type"] in _JOB_ENDS:
            status, ended = _JOB_ENDS[condition["type"]], as_recorded(condition["lastTransitionTime"])
            message = "" if status is Status.SUCCEEDED else str(condition.get("message", ""))
            return WorkflowEnd(workflow=workflow, status=status, ended=ended, message=message)
    return None


def _failed(view: View) -> str:
    """Which tasks have failed; why is in their own records."""
    failed = [repr(step.path) for step in view.tasks() if step.phase is Phase.FAILED]
    more = [f"{len(failed) - _MOST} more"] if len(failed) > _MOST else []
    return f"{listed([*failed[:_MOST], *more])} failed" if failed else ""
