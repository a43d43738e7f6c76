"""Argo on a cluster: the definitions of its objects, and its controller."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from runnable.configuration.quantities import parse_seconds
from runnable.doctor import emitted
from runnable.doctor.finding import Finding, Findings, note, ok, problem, warning
from runnable.doctor.looking import ARGO, Cluster

_NEEDED = ("workflows", "workflowtemplates", "workflowtaskresults", "workflowtasksets", "cronworkflows")
_INSTALL = "apply the CRDs of Argo Workflows 3.7.16, 4.0.7 or newer, from its release manifest"
_OLDEST = {3: (3, 7, 16), 4: (4, 0, 7)}
_SLOW = 10
"""Seconds after which a controller looks at a workflow again, by default."""
_CONTROLLER = "workflow-controller"
_OF_SCHEDULES = ("schedules", "timezone", "workflowSpec")
_LONG = timedelta(minutes=2)
"""A workflow that nothing has taken up for so long waits for nothing else."""


def definitions(cluster: Cluster) -> Findings:
    """Whether the cluster knows Argo's objects, and as this package writes them."""
    served = cluster.look(*ARGO)
    names = {one["name"] for one in (served.found or {}).get("resources", ())}
    if not names:
        yield problem("Argo's CRDs", "the cluster knows no workflows: Argo Workflows is not installed", _INSTALL)
        return
    if missing := [f"{name}.argoproj.io" for name in _NEEDED if name not in names]:
        yield problem("Argo's CRDs", f"{', '.join(missing)} missing", _INSTALL)
        return
    found = cluster.look("apis", "apiextensions.k8s.io", "v1", "customresourcedefinitions", "cronworkflows.argoproj.io")
    if found.found is not None and (lacking := sorted(_lacking(found.found))):
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        old = ", of a version before 3.6" if "schedules" in lacking else ""
        text = f"they lack `{lacking[0]}`{more}, which compiled manifests have{old}: these are refused, or lose it"
        yield problem("Argo's CRDs", text, _INSTALL)
        return
    yield ok("Argo's CRDs", f"{len(names)} kinds of objects")


def _lacking(definition: Mapping[str, Any]) -> Iterator[str]:
    """The fields of a CronWorkflow's spec, which holds a workflow's, that manifests have and the definition has not."""
    for version in definition["spec"]["versions"]:
        schema = version.get("schema", {}).get("openAPIV3Schema", {}).get("properties", {}).get("spec", {})
        for field in (*_OF_SCHEDULES, *(f"workflowSpec.{one}" for one in emitted.FIELDS)):
            if not _has(schema, field.split(".")):
                yield field.removeprefix("workflowSpec.")


def _has(schema: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether a schema knows a field; one that lists no fields takes them all, as Argo's minimal definitions do."""
    for name in names:
        schema = schema.get("items", schema)
        fields = schema.get("properties")
        if not fields:
            return True
        if name not in fields:
            return False
        schema = fields[name]
    return True


def controller(cluster: Cluster) -> Findings:
    """The controller: whether it is ready, its version, and how soon it looks at a workflow again."""
    found = deployments(cluster)
    if found is None:
        yield note("controller", "you may not see deployments: whether one runs shows when a workflow starts")
    for one in found or ():
        yield from _of_deployment(one)
    if found == []:
        text = "there is no deployment of a workflow-controller: it runs elsewhere, or not at all"
        yield note("controller", text, "a workflow that stays without a status shows that none runs")
    yield from _waiting(cluster)


def deployments(cluster: Cluster) -> list[Mapping[str, Any]] | None:
    """The controllers' deployments; None if one may not see them."""
    group = ("apis", "apps", "v1")
    found = cluster.look(*group, "deployments", labelSelector=f"app={_CONTROLLER}")
    if found.hidden:
        several = (cluster.look(*group, "namespaces", one, "deployments") for one in ("argo", cluster.namespace))
        seen = [one for looked in several if not looked.hidden for one in looked.items]
        named = [one for one in seen if one["metadata"]["name"].endswith(_CONTROLLER)]
        return named or None
    return found.items


def _of_deployment(item: Mapping[str, Any]) -> Findings:
    where = f"{item['metadata']['namespace']}/{item['metadata']['name']}"
    container: Mapping[str, Any] = next(iter(item["spec"]["template"]["spec"]["containers"]), {})
    if not item.get("status", {}).get("availableReplicas"):
        advice = f"kubectl -n {item['metadata']['namespace']} describe deployment {item['metadata']['name']}"
        yield problem("controller", f"{where} has no replica that is ready: nothing runs workflows", advice)
    else:
        yield _version(where, str(container.get("image", "")))
    environment = {one["name"]: one.get("value", "") for one in container.get("env") or ()}
    yield _requeue(environment.get("DEFAULT_REQUEUE_TIME", f"{_SLOW}s"))


def _version(where: str, image: str) -> Finding:
    match = re.search(r":v?(\d+)\.(\d+)\.(\d+)", image)
    if match is None:
        return ok("controller", f"{where} is ready, of the image {image}")
    version = (int(match[1]), int(match[2]), int(match[3]))
    shown = ".".join(map(str, version))
    oldest = _OLDEST.get(version[0], (4, 0, 7) if version[0] < 3 else version)
    if version < oldest:
        advice = "update it: older versions can hang on the outputs of skipped steps"
        return problem("controller", f"{where} is Argo {shown}, and 3.7.16 or 4.0.7 is the oldest that works", advice)
    return ok("controller", f"{where} is ready, Argo {shown}")


def _requeue(text: str) -> Finding:
    try:
        seconds = parse_seconds(text)
    except ValueError:
        return note("requeue time", f"DEFAULT_REQUEUE_TIME is {text!r}")
    if isinstance(seconds, int) and seconds >= _SLOW:
        advice = "set DEFAULT_REQUEUE_TIME=2s in the controller's deployment"
        return warning("requeue time", f"{seconds} s: each step may start that much later than it could", advice)
    return ok("requeue time", text)


def _waiting(cluster: Cluster) -> Findings:
    """Workflows of the namespace that nothing has taken up."""
    items = cluster.look(*ARGO, "namespaces", cluster.namespace, "workflows", limit="200").items
    before = datetime.now(UTC) - _LONG
    waiting = [
        one["metadata"]["name"]
        for one in items
        if not one.get("status", {}).get("phase")
        and datetime.fromisoformat(one["metadata"]["creationTimestamp"]) < before
    ]
    if waiting:
        text = f"nothing has taken up {len(waiting)} workflows of {cluster.namespace!r}, such as {waiting[0]}"
        advice = "no controller runs, or it looks after other namespaces (`--namespaced`, `--managed-namespace`)"
        yield problem("controller", text, advice)
