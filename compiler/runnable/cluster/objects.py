"""Argo's objects and their pods, and Jobs, on a cluster, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from runnable.cluster.api import Api
from runnable.diagnostics.codes.cluster import NotInCluster
from runnable.diagnostics.errors import ClusterError

Object = dict[str, Any]

PLURALS = {
    "Workflow": "workflows",
    "WorkflowTemplate": "workflowtemplates",
    "ClusterWorkflowTemplate": "clusterworkflowtemplates",
    "CronWorkflow": "cronworkflows",
}
_BATCH = {"Job": "jobs", "CronJob": "cronjobs"}
_BATCH_GROUP = ("apis", "batch", "v1")
_GROUP = ("apis", "argoproj.io", "v1alpha1")
_WORKFLOW_LABEL = "workflows.argoproj.io/workflow"
_NODE_ANNOTATION = "workflows.argoproj.io/node-id"
_MOST_KNOWN = 500


class Objects:
    """Argo's objects in one namespace. All methods raise ClusterError for what the cluster refuses or has not."""

    def __init__(self, api: Api, namespace: str) -> None:
        self._api = api
        self.namespace = namespace

    def get(self, kind: str, name: str) -> Object:
        """The object of that kind and name; a missing one is reported with the names that are near."""
        found = self.find(kind, name)
        if found is None:
            known = self._names(kind)
            raise ClusterError([NotInCluster(kind=kind, name=name, namespace=self.namespace, known=known)])
        return found

    def find(self, kind: str, name: str) -> Object | None:
        """The object of that kind and name; None if there is none."""
        try:
            return self._api.get(*self._list(kind), name)
        except ClusterError as error:
            (problem, *_) = error.diagnostics
            if isinstance(problem, NotInCluster) and problem.name == name:
                return None
            raise

    def _names(self, kind: str) -> tuple[str, ...]:
        try:
            items = self._api.get(*self._list(kind), limit=str(_MOST_KNOWN))["items"]
        except ClusterError:
            return ()
        newest = sorted(items, key=lambda item: str(item["metadata"]["creationTimestamp"]), reverse=True)
        return tuple(item["metadata"]["name"] for item in newest[:20])

    def create(self, item: Mapping[str, Any]) -> Object:
        """A new object."""
        return self._api.create(*self._list(item["kind"]), body=item)

    def apply(self, item: Mapping[str, Any]) -> Object:
        """An object as `item` has it, new or changed."""
        return self._api.apply(*self._list(item["kind"]), item["metadata"]["name"], body=item)

    def stop(self, name: str, how: str) -> Object:
        """Ask the controller to end a workflow: "Stop" lets exit handlers run, "Terminate" does not."""
        return self._api.patch(*self._list("Workflow"), name, body={"spec": {"shutdown": how}})

    def change_status(self, workflow: Object, status: Mapping[str, Any]) -> Object:
        """A workflow with the fields of `status` over its own, if nobody has written it since it was read."""
        version = workflow["metadata"]["resourceVersion"]
        body = {"metadata": {"resourceVersion": version}, "status": status}
        return self._api.patch(*self._list("Workflow"), workflow["metadata"]["name"], body=body)

    def pods(self, workflow: str) -> dict[str, Object]:
        """A workflow's pods by the ids of their nodes."""
        items = self._api.get(*self._core(), "pods", labelSelector=f"{_WORKFLOW_LABEL}={workflow}")["items"]
        return {pod["metadata"].get("annotations", {}).get(_NODE_ANNOTATION, ""): pod for pod in items}

    def warnings(self, pod: str) -> list[str]:
        """What Kubernetes warns of about a pod, the newest last: ``FailedMount: …``."""
        chosen = f"involvedObject.kind=Pod,involvedObject.name={pod},type=Warning"
        items = self._api.get(*self._core(), "events", fieldSelector=chosen)["items"]
        items.sort(key=lambda item: str(item.get("lastTimestamp") or item.get("eventTime") or ""))
        return [f"{item.get('reason', '')}: {item.get('message', '')}" for item in items]

    @contextmanager
    def log(self, pod: str, *, follow: bool) -> Iterator[Iterator[bytes]]:
        """What the task in a pod prints, with the time before each line: pieces of bytes, not lines."""
        query = {"container": "main", "timestamps": "true", **({"follow": "true"} if follow else {})}
        with self._api.stream(*self._core(), "pods", pod, "log", **query) as pieces:
            yield pieces

    def _core(self) -> tuple[str, ...]:
        return ("api", "v1", "namespaces", self.namespace)

    def _list(self, kind: str) -> tuple[str, ...]:
        if kind in _BATCH:
            return (*_BATCH_GROUP, "namespaces", self.namespace, _BATCH[kind])
        if kind == "ClusterWorkflowTemplate":
            return (*_GROUP, PLURALS[kind])
        return (*_GROUP, "namespaces", self.namespace, PLURALS[kind])


def has_workflow(objects: Callable[[], Objects], name: str) -> bool:
    """Whether there is a workflow of that name; False also where `objects` cannot be had, or the cluster says no."""
    try:
        objects().get("Workflow", name)
    except ClusterError:
        return False
    return True
