"""Which steps of a workflow are kept from running, and by what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from runnable.cluster.advice import STARTING, trouble
from runnable.cluster.model import Phase, Step, View
from runnable.cluster.objects import Objects
from runnable.diagnostics.codes.cluster import PodTrouble
from runnable.diagnostics.errors import ClusterError

_OF_A_STOP = "stopped by SIGTERM"
"""What a task says that `runnable stop` has ended, as one does whose pod was deleted."""
PATIENCE = 15.0
"""Seconds after which a pod that is about to start is looked at."""


def troubles(view: View, objects: Objects | None = None) -> Iterator[PodTrouble]:
    """One for each step that something outside of its own code keeps from running or has ended.

    With `objects`, pods that do not start and of which the workflow says nothing are looked at too.
    """
    pods: Mapping[str, Any] | None = None
    for step in view.tasks():
        message = step.message
        if objects is not None and step.phase in (Phase.PENDING, Phase.RUNNING) and _is_slow(step):
            if pods is None:
                pods = _pods(objects, view.name)
            message = _of_pod(objects, pods.get(step.attempts[-1].node)) or message
        if (found := trouble(step, message)) and not (view.stopping and _OF_A_STOP in message):
            yield found


def _is_slow(step: Step) -> bool:
    if not step.attempts or step.message not in STARTING or step.attempts[-1].phase is not Phase.PENDING:
        return False
    return age(step.attempts[-1].started) > PATIENCE


def age(time: str) -> float:
    """Seconds since a time of Kubernetes's; 0 for none."""
    return (datetime.now(UTC) - datetime.fromisoformat(time)).total_seconds() if time else 0.0


def _pods(objects: Objects, workflow: str) -> Mapping[str, Any]:
    try:
        return objects.pods(workflow)
    except ClusterError:  # one may see workflows and not pods
        return {}


def _of_pod(objects: Objects, pod: Mapping[str, Any] | None) -> str:
    """Why a pod does not start, as far as Kubernetes says so."""
    if pod is None:
        return ""
    status = pod.get("status") or {}
    for container in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("reason", "") not in STARTING:
            return f"{waiting['reason']}: {waiting.get('message', '')}"
    try:
        return (objects.warnings(pod["metadata"]["name"]) or [""])[-1]
    except ClusterError:
        return ""
