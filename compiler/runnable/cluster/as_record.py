"""A workflow's status as the record of a run, as far as it goes; and the logs of its pods as those of its attempts."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import BinaryIO

from runnable.cluster.advice import OF_ARGO, plain
from runnable.cluster.model import Attempt, Phase, Step, View
from runnable.cluster.objects import Objects
from runnable.cluster.recording import STOPPED, end_of
from runnable.diagnostics.errors import ClusterError
from runnable_runtime.records.ends import with_end
from runnable_runtime.records.origin import Machine
from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord
from runnable_runtime.records.times import as_recorded

NO_PODS: Mapping[str, str] = MappingProxyType({})
_STATUSES = {
    Phase.WAITING: Status.CREATED,
    Phase.PENDING: Status.CREATED,
    Phase.RUNNING: Status.RUNNING,
    Phase.SUCCEEDED: Status.SUCCEEDED,
    Phase.SKIPPED: Status.SKIPPED,
    Phase.FAILED: Status.FAILED,
}
_KINDS = {
    "task": Kind.CONTAINER,
    "stub": Kind.STUB,
    "map": Kind.MAP,
    "loop": Kind.LOOP,
    "item": Kind.PIPELINE,
    "conditional": Kind.CONDITIONAL,
    "parallel": Kind.PARALLEL,
    "pipeline": Kind.PIPELINE,
}


def record_of(view: View, pods: Mapping[str, str] = NO_PODS) -> RunRecord:
    """The record of the run that a workflow is; what its status does not say is not in it.

    `pods` are the names of the pods that are still there, by Argo's ids of their nodes.

    The log of an attempt is named by Argo's id of its node: `pod_logs` opens it.
    """
    end = end_of(view)
    running = Status.INTERRUPTED if view.stopping and view.phase.ended else _STATUSES[view.phase]
    return RunRecord(
        run_id=view.run or view.name,
        pipeline=view.name,
        started=as_recorded(view.started),
        status=end.status if end else Status.RUNNING if running is Status.CREATED else running,
        ended=end.ended if end else None,
        message=end.message if end else (STOPPED if view.stopping else ""),
        workflow=f"{view.namespace}/{view.name}",
        steps={path: _step(view, step, pods) for path, step in view.steps.items()},
    )


def enriched(record: RunRecord, view: View) -> RunRecord:
    """The record that the pods of a workflow have written, with what no pod writes, of the workflow's status.

    That is how it ended, composites, stubs, what was skipped, and when it began, before the first pod was there.
    """
    if (end := end_of(view)) is not None:
        record = with_end(record, [end])
    return completed(record, record_of(view))


def completed(record: RunRecord, known: RunRecord) -> RunRecord:
    """`record` with the steps that only `known`, of the same run, has, in its order; and the earlier beginning."""
    steps = {
        path: _joined(record.steps[path], step) if path in record.steps else step for path, step in known.steps.items()
    }
    whole = replace(record, steps=steps | {path: step for path, step in record.steps.items() if path not in steps})
    return whole if record.resumed or record.earlier else replace(whole, started=min(known.started, record.started))


def _joined(recorded: StepRecord, known: StepRecord) -> StepRecord:
    """What a pod has recorded, with how long each attempt waited for its pod, and that pod's image."""
    if len(recorded.attempts) != len(known.attempts):
        return recorded
    attempts = (_waited(one, other) for one, other in zip(recorded.attempts, known.attempts, strict=True))
    return replace(recorded, attempts=tuple(attempts))


def _waited(recorded: AttemptRecord, known: AttemptRecord) -> AttemptRecord:
    machine, there = recorded.machine, known.machine
    if machine is not None and there is not None and not machine.image:
        machine = replace(machine, image=there.image)
    waited = recorded.waited if known.waited is None else known.waited
    if waited is None:
        began = datetime.fromisoformat(recorded.started) - datetime.fromisoformat(known.started)
        waited = max(0.0, began.total_seconds())
    return replace(recorded, waited=waited, machine=machine)


def _step(view: View, step: Step, pods: Mapping[str, str]) -> StepRecord:
    skipped = step.phase is Phase.SKIPPED  # Argo's times of it are those at which that was known
    if step.cached and step.started:
        step = replace(step, attempts=(Attempt("", step.phase, "", step.started, step.finished),))
    return StepRecord(
        path=step.path,
        kind=_KINDS.get(step.kind, Kind.PIPELINE),
        status=_STATUSES[step.phase],
        started=None if skipped else _time(step.started),
        ended=None if skipped else _time(step.finished),
        message=plain(step.message) if step.phase is Phase.FAILED else "",
        attempts=tuple(
            replace(_attempt(view, one, number, pods), reused=step.cached)
            for number, one in enumerate(step.attempts, start=1)
            if one.started
        ),
    )


def _attempt(view: View, one: Attempt, number: int, pods: Mapping[str, str]) -> AttemptRecord:
    return AttemptRecord(
        number=number,
        started=as_recorded(one.started),
        status=Status.RUNNING if one.phase is Phase.PENDING else _STATUSES[one.phase],
        ended=_time(one.finished),
        message=plain(one.message) if one.phase is Phase.FAILED else "",
        log=one.node,
        machine=Machine(
            pod=f"{view.namespace}/{pods[one.node]}" if one.node in pods else "", node=one.machine, image=one.image
        ),
    )


def _time(text: str) -> str | None:
    return as_recorded(text) if text else None


def pod_logs(objects: Objects, pods: Mapping[str, str]) -> Callable[[str], BinaryIO | None]:
    """Opens the log of the pod of a node, of those that are still there."""

    def opened(node: str) -> BinaryIO | None:
        if node not in pods:
            return None
        try:
            with objects.log(pods[node], follow=False) as pieces:
                lines = b"".join(pieces).decode(errors="replace").splitlines()
        except ClusterError:
            return None
        said = [text for _, _, text in (line.partition(" ") for line in lines) if not OF_ARGO.match(text)]
        return io.BytesIO("\n".join(said).encode())

    return opened
