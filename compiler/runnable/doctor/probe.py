"""What only a pod knows: whether its image can be pulled and has the runtime, and whether the stores are reached there.

The pod is the only thing that `doctor` ever makes, only when asked, and it is deleted again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from runnable.configuration import Configuration
from runnable.diagnostics.errors import ClusterError, RunnableError
from runnable.doctor.finding import Finding, Findings, note, ok, problem
from runnable.doctor.in_pod import MARK
from runnable.doctor.looking import Cluster
from runnable.doctor.probe_pod import probe_pod
from runnable.targets.argo.settings import Settings

SECONDS = 60.0
"""For the pod to start and end: a node may have to pull its image."""
_EVERY = 0.3
_NO_IMAGE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable")
_NO_START = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")
_NOT_STARTED = ("StartError", "ContainerCannotRun")


def probed(
    cluster: Cluster, configuration: Configuration, settings: Settings | None, seconds: float = SECONDS
) -> Findings:
    """What a pod of the configuration finds in the namespace."""
    if settings is None:
        yield note("probe", "there is no pod to try: the configuration runs nothing on Argo", "name it with -c")
        return
    try:
        with _pod(cluster, probe_pod(configuration)) as name:
            yield from _seen(cluster, settings.base.image, name, time.monotonic() + seconds)
    except RunnableError as error:
        (one, *_) = error.diagnostics
        yield problem("probe", f"the pod was refused: {one.message}", one.help or "see what the namespace admits")


@contextmanager
def _pod(cluster: Cluster, body: Mapping[str, Any]) -> Iterator[str]:
    """A pod of that `body`, for as long as it is looked at."""
    path = ("api", "v1", "namespaces", cluster.namespace, "pods")
    name: str = cluster.api.create(*path, body=body)["metadata"]["name"]
    try:
        yield name
    finally:
        with suppress(ClusterError):
            cluster.api.delete(*path, name)


def _seen(cluster: Cluster, image: str, name: str, until: float) -> Findings:
    while True:
        pod = cluster.here("pods", name).found or {}
        if found := _stuck(pod, image):
            yield found
            return
        if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            yield from _read(cluster, name, image)
            return
        if time.monotonic() > until:
            yield _late(pod)
            return
        time.sleep(_EVERY)


def _stuck(pod: Mapping[str, Any], image: str) -> Finding | None:
    """Why a pod will never run, if that can be seen."""
    for container in pod.get("status", {}).get("containerStatuses") or ():
        state = container.get("state") or {}
        reason, message = _said(state.get("waiting"))
        if reason in _NO_IMAGE:
            advice = "push it, or see its name and `imagePullSecrets` in the configuration"
            return problem("image", f"nodes cannot pull {image}: {reason}: {message}", advice)
        if reason in _NO_START:
            return problem("probe", f"the pod does not start: {reason}: {message}", "see what it names")
        reason, message = _said(state.get("terminated"))
        if reason in _NOT_STARTED:
            advice = "`runnable image build` makes an image that steps run in"
            return problem("image", f"{image} has no `python` that could run: {message}", advice)
    return None


def _said(state: Mapping[str, Any] | None) -> tuple[str, str]:
    found = state or {}
    return found.get("reason", ""), " ".join(found.get("message", "").split())[:300]


def _late(pod: Mapping[str, Any]) -> Finding:
    status = pod.get("status", {})
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            message = condition.get("message", "")[:200]
            return problem("nodes", f"the pod found no node: {message}", "lower `defaultResources`, or add nodes")
    waiting = [_said((one.get("state") or {}).get("waiting"))[0] for one in status.get("containerStatuses") or ()]
    text = f"the pod has not ended in time: {status.get('phase', 'it is gone')} {' '.join(waiting)}".rstrip()
    return problem("probe", text, "kubectl get events, in the namespace, shows what it waits for")


def _read(cluster: Cluster, name: str, image: str) -> Findings:
    """What the pod has printed."""
    text = cluster.api.text("api", "v1", "namespaces", cluster.namespace, "pods", name, "log")
    line = next((line for line in text.splitlines() if line.startswith(MARK)), "")
    if not line:
        last = " ".join(text.split())[-300:] or "it printed nothing"
        yield problem(
            "probe", f"the pod has failed: {last}", "see the image's python, and what the namespace adds to pods"
        )
        return
    found = json.loads(line.removeprefix(MARK))
    if found["lacks"]:
        advice = "`runnable image build` makes an image that has it"
        yield problem("image", f"{image} has no runnable_runtime: {found['lacks']}", advice)
    else:
        yield ok("image", f"nodes have {image}, with the runtime {found['runtime']}")
    if found["api"]:
        advice = "see network policies: each pod of a workflow reports there how it ended"
        yield problem("API server from a pod", found["api"], advice)
    else:
        yield ok("API server from a pod", "it is reached")
    for store, reason in found["stores"].items():
        where = f"{store} from a pod"
        advice = "see `endpoint_url`, the Secret's keys, and network policies; docs/cluster.md"
        yield problem(where, reason, advice) if reason else ok(where, "it is reached")
