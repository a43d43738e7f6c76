"""What an API server answers instead of doing it, as a diagnostic that says what to do."""

from __future__ import annotations

import json

from runnable.diagnostics.codes.cluster import (
    ArgoAbsent,
    ClusterRefuses,
    ClusterUnreachable,
    NotInCluster,
    ObjectRefused,
)
from runnable.diagnostics.diagnostic import Diagnostic
from runnable_runtime.deferred import pattern

_FORBIDDEN = pattern(
    r'User "(?P<user>[^"]+)" cannot (?P<verb>\w+) resource "(?P<resource>[^"]+)"'
    r'(?: in API group "(?P<group>[^"]*)")?(?: in the namespace "(?P<namespace>[^"]+)")?'
)
_NOT_FOUND = pattern(r'(?P<resource>\S+) "(?P<name>[^"]+)" not found')


def refusal(method: str, path: tuple[str, ...], status: int, text: str, server: str) -> Diagnostic:
    """The diagnostic for an answer of `status`, whose body is `text`, to a request of `method` for `path`."""
    message, is_status = _message(text)
    match status:
        case 401:
            return ClusterRefuses(server=server, who="", what="", namespace="", group="")
        case 403 if found := _FORBIDDEN.search(message):
            return ClusterRefuses(
                server=server,
                who=found["user"],
                what=f"{found['verb']} {found['resource']}",
                namespace=found["namespace"] or "",
                group=found["group"] or "",
            )
        case 404 if not is_status:
            return ArgoAbsent(server=server)
        case 404:
            found = _NOT_FOUND.search(message)
            resource = found["resource"].partition(".")[0] if found else path[-2]
            kind = _SINGULAR.get(resource, resource)
            return NotInCluster(kind=kind, name=found["name"] if found else path[-1], namespace=_namespace(path))
        case 400 | 403 | 409 | 422:
            return ObjectRefused(verb="create" if method == "POST" else "change", reason=message)
        case _:
            return ClusterUnreachable(server=server, reason=f"it answers {status}: {message[:200]}")


_SINGULAR = {
    "workflows": "workflow",
    "workflowtemplates": "WorkflowTemplate",
    "clusterworkflowtemplates": "ClusterWorkflowTemplate",
    "cronworkflows": "CronWorkflow",
    "namespaces": "namespace",
    "pods": "pod",
    "jobs": "Job",
    "cronjobs": "CronJob",
}


def _namespace(path: tuple[str, ...]) -> str:
    return path[path.index("namespaces") + 1] if "namespaces" in path[:-2] else ""


def _message(text: str) -> tuple[str, bool]:
    """The message of a `Status` object, and whether it is one; of anything else, the text."""
    try:
        found = json.loads(text)
    except ValueError:
        return text.strip(), False
    if isinstance(found, dict) and found.get("kind") == "Status":
        return str(found.get("message", "")), "name" in (found.get("details") or {}) or found.get("code") != 404
    return text.strip(), False
