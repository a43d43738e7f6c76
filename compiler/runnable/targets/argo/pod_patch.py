"""The patch of every pod: what Argo's own two containers in it are allowed to do, and the token, which only they get.

Argo adds `init` and `wait` to each pod. As it makes them they are refused where the restricted Pod Security Standard is
enforced, and have neither requests nor limits unless the controller's configuration says so. Both need a token of the
service account: `wait` reports the task's results. A pod's token is mounted into all of its containers unless the pod
says otherwise, so it does, and a token that Kubernetes renews is projected into these two.

Source: https://argo-workflows.readthedocs.io/en/latest/fields/#workflowspec (podSpecPatch, a strategic merge patch).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runnable.targets.kubernetes.pod_options import configured_resources
from runnable_runtime.protocol import Json

if TYPE_CHECKING:
    from runnable.targets.argo.config import ArgoKeys

_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_TOKEN = "executor-token"  # noqa: S105 - the name of a volume
_RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
_SOURCES = [
    {"serviceAccountToken": {"path": "token"}},
    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
]
"""What Kubernetes mounts by itself where a token is mounted automatically."""


def pod_patch(keys: ArgoKeys) -> dict[str, Json]:
    """What is merged into the spec of every pod; empty if the configuration leaves pods as Argo makes them."""
    if not keys.patch_executor:
        return {}
    container: dict[str, Json] = {"securityContext": _RESTRICTED}
    requests, limits = configured_resources(keys.executor_resources)
    if requests or limits:
        container["resources"] = {key: value for key, value in (("requests", requests), ("limits", limits)) if value}
    patch: dict[str, Json] = {}
    if not (keys.automount_service_account_token or keys.executor_service_account):
        patch["automountServiceAccountToken"] = False
        patch["volumes"] = [{"name": _TOKEN, "projected": {"sources": _SOURCES}}]
        container["volumeMounts"] = [{"name": _TOKEN, "mountPath": _MOUNT, "readOnly": True}]
    patch["initContainers"] = [{"name": "init", **container}]
    patch["containers"] = [{"name": "wait", **container}]
    return patch


def patch_of_workflow(keys: ArgoKeys) -> str | None:
    """It as the workflow's `podSpecPatch`: JSON on one line."""
    patch = pod_patch(keys)
    return json.dumps(patch, separators=(",", ":")) if patch else None
