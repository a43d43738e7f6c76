"""The objects of a namespace that workflows refer to: Secrets, volumes, and the artifact repository."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runnable.doctor.finding import Findings, note, ok, problem, warning
from runnable.doctor.looking import Cluster
from runnable.targets.argo.settings import Settings
from runnable.targets.kubernetes.pod_store import KEY_VARIABLES

_REPOSITORIES = "artifact-repositories"


def secrets(cluster: Cluster, settings: Settings | None) -> Findings:
    """Whether the Secrets that the configuration names are there, with their keys. No value is shown."""
    for name, keys in wanted_secrets(settings).items():
        found = cluster.here("secrets", name)
        if found.hidden:
            yield note("secrets", f"you may not see {name!r}, which the configuration names")
        elif found.found is None:
            advice = f"kubectl -n {cluster.namespace} create secret generic {name} --from-literal=KEY=VALUE"
            yield problem("secrets", f"there is no Secret {name!r} in {cluster.namespace!r}: no pod can start", advice)
        elif missing := [key for key in keys if key not in (found.found.get("data") or {})]:
            text = f"the Secret {name!r} has no key {', '.join(missing)}"
            yield problem("secrets", text, "add it, or name another key in the configuration")
        else:
            yield ok("secrets", f"{name} is there" + (f", with {', '.join(keys)}" if keys else ""))


def wanted_secrets(settings: Settings | None) -> dict[str, list[str]]:
    """The Secrets that the configuration names, with the keys that it names of them."""
    found: dict[str, list[str]] = {}
    if settings is None:
        return found
    for one in (settings.store, settings.run_log):
        if one is not None and one.secret:
            found[one.secret] = list(KEY_VARIABLES)
    for variable in settings.keys.secrets:
        if (place := settings.secret_key(variable)) is not None:
            found.setdefault(place.secret, []).append(place.key)
    for name in (settings.keys.secret_from_k8s, *settings.keys.image_pull_secrets):
        if name:
            found.setdefault(name, [])
    return found


def volume(cluster: Cluster, settings: Settings | None) -> Findings:
    """Whether the volume of the store is there."""
    name = settings.keys.pvc_for_runnable if settings else None
    if not name:
        return
    found = cluster.here("persistentvolumeclaims", name)
    if found.hidden:
        yield note("volume", f"you may not see the claim {name!r}")
    elif found.found is None:
        advice = "make it, or let the chart: `store.pvc` (docs/helm.md)"
        yield problem("volume", f"there is no PersistentVolumeClaim {name!r} in {cluster.namespace!r}", advice)
    elif (phase := found.found.get("status", {}).get("phase")) not in ("Bound", "Pending"):
        yield problem("volume", f"the claim {name!r} is {phase}", f"kubectl -n {cluster.namespace} describe pvc {name}")
    else:
        modes = found.found["spec"].get("accessModes") or []
        text = f"{name} is {phase}, {', '.join(modes)}"
        if "ReadWriteMany" in modes:
            yield ok("volume", text)
        else:
            yield warning("volume", text, "only the pods of one node can use it: ReadWriteMany lets all")


def repository(cluster: Cluster, settings: Settings | None) -> Findings:
    """Whether there is a default artifact repository, in the namespace or of the controller."""
    own = cluster.here("configmaps", _REPOSITORIES)
    if own.found is not None:
        yield ok("artifact repository", f"{_REPOSITORIES} in {cluster.namespace!r}")
        return
    hidden = own.hidden
    for namespace in dict.fromkeys(("argo", cluster.namespace)):
        found = cluster.look("api", "v1", "namespaces", namespace, "configmaps", "workflow-controller-configmap")
        hidden = hidden or found.hidden
        if _has_repository(found.found):
            yield ok("artifact repository", f"that of the controller in {namespace!r}")
            return
    if hidden:
        yield note("artifact repository", "you may not see the ConfigMaps that name it")
        return
    advice = "the chart makes one (`artifactRepository.create`), or set `artifactRepository` of the controller"
    if settings is not None and settings.keys.artifacts is not None:
        text = "there is none, and the configuration has `artifacts`: pods that leave some fail"
        yield problem("artifact repository", text, advice)
        return
    text = "there is none: templates with artifacts, or with archived logs, fail; compiled steps use `catalog` instead"
    yield warning("artifact repository", text, advice)


def _has_repository(found: Mapping[str, Any] | None) -> bool:
    data = (found or {}).get("data") or {}
    return "artifactRepository" in data or "artifactRepository:" in data.get("config", "")
