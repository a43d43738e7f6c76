"""A namespace: whether it is there, what it admits, what is left in it, and the nodes for its pods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from runnable.configuration.quantities import is_quantity, quantity
from runnable.doctor.finding import Finding, Findings, note, ok, problem, warning
from runnable.doctor.looking import Cluster
from runnable.targets.argo.settings import Settings

_LEVEL = "pod-security.kubernetes.io/enforce"
_NEARLY = Decimal("0.9")
_RECENT = timedelta(minutes=10)


def there(cluster: Cluster) -> Findings:
    """Whether the namespace is there, and the level of the Pod Security Standards that it enforces."""
    found = cluster.look("api", "v1", "namespaces", cluster.namespace)
    if found.hidden:
        yield note("namespace", f"you may not see {cluster.namespace!r} itself")
        return
    if found.found is None:
        yield problem("namespace", f"there is no {cluster.namespace!r}", "name another with -n, or make it")
        return
    yield ok("namespace", cluster.namespace)
    level = (found.found["metadata"].get("labels") or {}).get(_LEVEL, "privileged")
    advice = ""
    if level == "restricted":
        advice = "compiled pods fit; `podSecurity: restricted` in the configuration has fragments of pods checked too"
    yield note("pod security", f"{level}", advice) if advice else ok("pod security", level)


def quota(cluster: Cluster) -> Findings:
    """What is left of the quotas."""
    found = cluster.here("resourcequotas")
    if found.hidden:
        yield note("quota", "you may not see quotas")
    for item in found.items:
        status = item.get("status") or {}
        for name, hard in (status.get("hard") or {}).items():
            yield from _of_resource(item["metadata"]["name"], name, hard, (status.get("used") or {}).get(name, "0"))
    if not found.hidden and not found.items:
        yield ok("quota", "none")


def _of_resource(name: str, resource: str, hard: str, used: str) -> Findings:
    if not (is_quantity(hard) and is_quantity(used)):
        return
    text = f"{resource} of {name}: {used} of {hard} are used"
    if quantity(used) >= quantity(hard):
        yield problem("quota", text, "delete workflows and pods that have ended, or ask for a larger quota")
    elif quantity(used) >= quantity(hard) * _NEARLY:
        yield warning("quota", text, "delete workflows and pods that have ended, or ask for a larger quota")
    else:
        yield ok("quota", text)


def limit_ranges(cluster: Cluster, settings: Settings | None) -> Findings:
    """Whether what steps ask for by default is within the limits of the namespace."""
    found = cluster.here("limitranges")
    if found.hidden:
        yield note("limit range", "you may not see limit ranges")
        return
    wrong = [one for item in found.items for one in _of_range(item, settings)]
    yield from wrong
    if not wrong:
        yield ok("limit range", ", ".join(item["metadata"]["name"] for item in found.items) or "none")


def _of_range(item: Mapping[str, Any], settings: Settings | None) -> Findings:
    if settings is None:
        return
    name, pod = item["metadata"]["name"], settings.common
    for rule in item["spec"].get("limits") or ():
        if rule.get("type") not in ("Container", "Pod"):
            continue
        for end, asked, is_wrong in (("max", pod.limits, Decimal.__gt__), ("min", pod.requests, Decimal.__lt__)):
            for resource, text in asked:
                bound = (rule.get(end) or {}).get(resource)
                if bound and is_quantity(text) and is_wrong(quantity(text), quantity(bound)):
                    told = f"{name} has a {end}imum of {bound} {resource}, and a step without `resources` has {text}"
                    yield problem("limit range", told, "set `defaultResources` in the configuration")


def nodes(cluster: Cluster) -> Findings:
    """Whether there are nodes for pods, and whether pods have found none lately."""
    found = cluster.look("api", "v1", "nodes")
    if found.hidden:
        yield note("nodes", "you may not see nodes")
    else:
        yield _ready(found.items)
    yield from _unscheduled(cluster)


def _ready(items: list[Mapping[str, Any]]) -> Finding:
    ready, troubles = 0, []
    for item in items:
        conditions = {one["type"]: one["status"] for one in item.get("status", {}).get("conditions") or ()}
        pressed = [kind for kind, status in conditions.items() if kind.endswith("Pressure") and status == "True"]
        if conditions.get("Ready") == "True" and not item["spec"].get("unschedulable") and not pressed:
            ready += 1
        else:
            troubles.append(f"{item['metadata']['name']} ({', '.join(pressed) or 'not ready, or cordoned'})")
    if not ready:
        return problem("nodes", f"none takes pods: {', '.join(troubles) or 'there are none'}", "kubectl describe nodes")
    if troubles:
        return warning("nodes", f"{ready} take pods, and not {', '.join(troubles)}", "kubectl describe nodes")
    return ok("nodes", f"{ready} take pods")


def _unscheduled(cluster: Cluster) -> Findings:
    events = cluster.here("events", fieldSelector="reason=FailedScheduling,type=Warning")
    recent = [one for one in events.items if _time(one) > datetime.now(UTC) - _RECENT]
    if recent:
        last = max(recent, key=_time)
        text = f"{last['involvedObject'].get('name', '')} found no node: {last.get('message', '')[:200]}"
        yield warning("nodes", text, "lower the steps' `resources`, or add nodes")


def _time(event: Mapping[str, Any]) -> datetime:
    text = event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"]
    return datetime.fromisoformat(text)
