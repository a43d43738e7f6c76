"""Argo's cache of steps in a namespace: its ConfigMap, how full that is, and whether the controller may write to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runnable.configuration.quantities import parse_seconds
from runnable.doctor.accounts import may
from runnable.doctor.argo import deployments
from runnable.doctor.finding import Findings, note, ok, problem, warning
from runnable.doctor.looking import Cluster
from runnable.targets.argo.settings import Settings

_CHECK = "step cache"
_LABEL, _VALUE = "workflows.argoproj.io/configmap-type", "Cache"
_LARGEST = 1024 * 1024
"""Bytes of a ConfigMap's data."""
_NEARLY = 0.8
_USUAL_AGE = "30s"
"""How long the controller keeps what nobody has asked for, where it is set to remove it at all."""


def step_cache(cluster: Cluster, settings: Settings | None) -> Findings:
    """Whether Argo can keep, and look up, what steps with `cache=True` return."""
    keys = settings.keys.cache if settings else None
    if keys is None:
        return
    found = cluster.here("configmaps", keys.config_map)
    if found.hidden:
        yield note(_CHECK, f"you may not see the ConfigMap {keys.config_map!r}, which the configuration names")
    elif found.found is None:
        advice = "the chart makes it, with the controller's right to write to it (`cache.create`, docs/helm.md)"
        yield note(_CHECK, f"there is no ConfigMap {keys.config_map!r} yet: the controller makes it if it may", advice)
    else:
        yield from _of_config_map(cluster, keys.config_map, found.found)
    yield from _rights(cluster, keys.config_map)


def _of_config_map(cluster: Cluster, name: str, found: Mapping[str, Any]) -> Findings:
    if (found["metadata"].get("labels") or {}).get(_LABEL) != _VALUE:
        advice = f"kubectl -n {cluster.namespace} label configmap {name} {_LABEL}={_VALUE}, or name another one"
        yield problem(_CHECK, f"the ConfigMap {name!r} has no label {_LABEL}={_VALUE}: cached steps fail", advice)
        return
    data = found.get("data") or {}
    size = sum(len(key.encode()) + len(text.encode()) for key, text in data.items())
    text = f"{name} has {len(data):,} entries, {size * 100 // _LARGEST} % of what fits"
    if size < _LARGEST * _NEARLY:
        yield ok(_CHECK, text)
    else:
        clear = f"kubectl -n {cluster.namespace} patch configmap {name} --type merge -p '{{\"data\":null}}'"
        yield warning(_CHECK, f"{text}; nothing new is kept when it is full", f"clear it: {clear}")


def _rights(cluster: Cluster, name: str) -> Findings:
    for one in deployments(cluster) or ():
        pod, namespace = one["spec"]["template"]["spec"], one["metadata"]["namespace"]
        account = pod.get("serviceAccountName") or "default"
        if may(cluster, account, {"verb": "update", "resource": "configmaps", "name": name}, namespace) is False:
            text = f"the controller ({namespace}/{account}) may not update the ConfigMap {name!r}: nothing is kept"
            yield problem(_CHECK, text, "the chart gives it that right (`cache.create`, docs/helm.md)")
        yield from _removed(next(iter(pod["containers"]), {}))


def _removed(container: Mapping[str, Any]) -> Findings:
    """What the controller removes by itself."""
    environment = {one["name"]: one.get("value", "") for one in container.get("env") or ()}
    try:
        if not parse_seconds(environment.get("CACHE_GC_PERIOD", "0s")):
            return
    except ValueError:
        pass
    age = environment.get("CACHE_GC_AFTER_NOT_HIT_DURATION", _USUAL_AGE)
    advice = "set CACHE_GC_AFTER_NOT_HIT_DURATION of the controller to days, or CACHE_GC_PERIOD to 0s"
    yield warning(_CHECK, f"the controller removes what nobody has asked for in {age}", advice)
