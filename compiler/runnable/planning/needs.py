"""What a manifest names of the cluster that must be there before a workflow runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from runnable.targets.argo.expressions import has_tag

IMAGE = "images"
_REFERENCES = {
    "secretKeyRef": ("Secret", "name"),
    "secretRef": ("Secret", "name"),
    "secret": ("Secret", "secretName"),
    "configMapKeyRef": ("ConfigMap", "name"),
    "configMapRef": ("ConfigMap", "name"),
    "configMap": ("ConfigMap", "name"),
    "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
}
"""Fields of the Pod API, and of Argo's, that are mappings with the name of an object."""
_NAMES = {
    "serviceAccountName": "ServiceAccount",
    "priorityClassName": "PriorityClass",
    "runtimeClassName": "RuntimeClass",
    "image": IMAGE,
}
"""Fields that are the name of an object."""
_OF_KUBERNETES = {("ConfigMap", "kube-root-ca.crt")}
"""What Kubernetes puts into every namespace."""


def needed(item: Any) -> dict[str, list[str]]:
    """The names of what an object refers to, by their kinds, and of the images; what is optional is left out."""
    found: dict[tuple[str, str], None] = dict.fromkeys(_named(item))
    kinds: dict[str, list[str]] = {}
    for kind, name in sorted(found):
        if (kind, name) not in _OF_KUBERNETES and not has_tag(name):
            kinds.setdefault(kind, []).append(name)
    return kinds


def _named(item: Any) -> Iterator[tuple[str, str]]:
    if isinstance(item, list):
        for one in item:
            yield from _named(one)
    if not isinstance(item, Mapping):
        return
    for key, value in item.items():
        yield from _of_field(key, value)


def _of_field(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """The names in one field of an object."""
    match value:
        case str() if key == "podSpecPatch":
            yield from _named(_parsed(value))
        case str() if key in _NAMES:
            yield _NAMES[key], value
        case Mapping() if key in _REFERENCES:
            kind, name = _REFERENCES[key]
            if isinstance(value.get(name), str) and not value.get("optional"):
                yield kind, value[name]
        case list() if key == "imagePullSecrets":
            yield from (("Secret", one["name"]) for one in value)
        case _:
            yield from _named(value)


def _parsed(patch: str) -> Any:
    """A patch of a pod's spec; empty for one with tags in it that make it no JSON before Argo replaces them."""
    try:
        return json.loads(patch)
    except ValueError:
        return {}
