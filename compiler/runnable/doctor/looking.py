"""Reading objects of a cluster that may be missing, or that one may not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runnable.cluster.api import Api
from runnable.diagnostics.codes.cluster import ArgoAbsent, ClusterRefuses, NotInCluster
from runnable.diagnostics.errors import ClusterError
from runnable_runtime.deferred import dataclass

CONNECT_SECONDS, READ_SECONDS = 2.0, 3.5
ARGO = ("apis", "argoproj.io", "v1alpha1")


@dataclass(frozen=True, slots=True)
class Looked:
    """An object or a list; `hidden`: one may not see it. Neither `found` nor `hidden`: it is not there."""

    found: Mapping[str, Any] | None
    hidden: bool = False

    @property
    def items(self) -> list[Mapping[str, Any]]:
        """Those of a list."""
        return list((self.found or {}).get("items") or ())


@dataclass(frozen=True, slots=True)
class Cluster:
    """A namespace of a cluster."""

    api: Api
    namespace: str

    @classmethod
    def of(cls, api: Api, namespace: str) -> Cluster:
        """A namespace, of which requests take a short time only."""
        return cls(replace(api, connect_seconds=CONNECT_SECONDS, read_seconds=READ_SECONDS), namespace)

    def look(self, *path: str, **query: str) -> Looked:
        """What is at `path`. Raises ClusterError where the server does not answer, or does not know one."""
        try:
            return Looked(self.api.get(*path, **query))
        except ClusterError as error:
            (problem, *_) = error.diagnostics
            if isinstance(problem, ClusterRefuses) and problem.who:
                return Looked(None, hidden=True)
            if isinstance(problem, NotInCluster | ArgoAbsent):
                return Looked(None)
            raise

    def here(self, *path: str, **query: str) -> Looked:
        """What is at `path` of the namespace, of Kubernetes' own kinds."""
        return self.look("api", "v1", "namespaces", self.namespace, *path, **query)

    def review(self, kind: str, spec: Mapping[str, Any]) -> bool | None:
        """Whether a review of the authorization says yes; None if one may not ask."""
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}
        try:
            answer = self.api.create("apis", "authorization.k8s.io", "v1", f"{kind.lower()}s", body=body)
        except ClusterError as error:
            if isinstance(error.diagnostics[0], ClusterRefuses):
                return None
            raise
        return bool(answer["status"].get("allowed"))
