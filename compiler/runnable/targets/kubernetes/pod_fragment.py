"""Fragments of a pod's spec, as users write them for what no option says: read, checked, and merged as Kubernetes does.

A fragment is kept as JSON on one line, so that options that have it can be compared and hashed; an empty text is none.

Source: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ (strategic merge
patch); the keys of lists are the `x-kubernetes-patch-merge-key` of the API's description.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from runnable.ir.options import Pairs
from runnable.targets.kubernetes.pod_rules import broken_rules
from runnable.targets.kubernetes.pod_schema import Mistake, outside_schema, shown
from runnable.targets.kubernetes.scheduling_rules import against_selector, unschedulable
from runnable_runtime.protocol import Json

RESTRICTED: dict[str, Json] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
"""What the restricted Pod Security Standard asks of each container."""
_KEYS = {
    "volumes": "name",
    "containers": "name",
    "initContainers": "name",
    "imagePullSecrets": "name",
    "resourceClaims": "name",
    "schedulingGates": "name",
    "env": "name",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "ports": "containerPort",
}
"""Lists that are merged item by item, and the field that an item is known by. All others are replaced."""
_WHOLE = ("volumes", "resourceClaims")
"""Of these, those whose items are replaced: a volume has one source."""


def read_fragment(value: Any) -> tuple[str, list[Mistake]]:
    """The fragment that `value`, a mapping, is; and what is wrong with it, beside which it is empty.

    Objects of hera, and of the library `kubernetes`, are taken for the mappings that they stand for.
    """
    try:
        text = json_text(value)
    except (TypeError, ValueError) as error:
        return "", [Mistake("", f"is no mapping of plain values: {error}")]
    if not text.startswith("{"):
        return "", [Mistake("", f"is a mapping, or the path of a YAML file, not {shown(value)}")]
    found = list(outside_schema(json.loads(text)))
    found = found or [*broken_rules(json.loads(text)), *unschedulable(json.loads(text))]
    return ("" if found or not value else text), found


def json_text(value: Any) -> str:
    """A fragment as JSON on one line. Raises TypeError or ValueError for what holds more than plain values."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Json:
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if hasattr(value, "attribute_map"):
        from kubernetes.client import ApiClient

        return ApiClient().sanitize_for_serialization(value)
    raise TypeError(f"{shown(value)} is none")


def merge_fragments(weak: str, strong: str) -> str:
    """Two fragments of a pod's spec in one."""
    return _merged(weak, strong, by_key=True)


def merge_patch(weak: str, strong: str) -> str:
    """Two fragments of a custom resource in one: mappings are merged, lists replaced, as Kubernetes does (RFC 7386)."""
    return _merged(weak, strong, by_key=False)


@lru_cache(maxsize=256)  # many steps have the same
def _merged(weak: str, strong: str, *, by_key: bool) -> str:
    if not weak or not strong:
        return strong or weak
    both = merge_spec(json.loads(weak), json.loads(strong), by_key=by_key)
    return json.dumps(both, separators=(",", ":"), ensure_ascii=False)


def merge_spec(weak: Json, strong: Json, field: str = "", *, by_key: bool = True) -> Json:
    """A spec of a pod, or the value of a `field` in one, with a fragment over it; not `by_key`, lists are replaced."""
    if isinstance(weak, dict) and isinstance(strong, dict):
        return {**weak, **{key: merge_spec(weak.get(key), item, key, by_key=by_key) for key, item in strong.items()}}
    by = _KEYS.get(field) if by_key else None
    if by and isinstance(weak, list) and isinstance(strong, list):
        items = {item.get(by): item for item in weak}
        for item in strong:
            items[item.get(by)] = item if field in _WHOLE else merge_spec(items.get(item.get(by)), item)
        return list(items.values())
    return strong


def complete(fragment: str, image: str, requests: Pairs, limits: Pairs) -> dict[str, Json]:
    """The fragment, with what every container of a pod is given, for those that it adds.

    That is the task's `image`, what the restricted Pod Security Standard asks, and requests and limits, which a
    namespace with a quota asks: each unless the container has its own.
    """
    spec: dict[str, Json] = json.loads(fragment) if fragment else {}
    resources = {key: dict(pairs) for key, pairs in (("requests", requests), ("limits", limits)) if pairs}
    usual: dict[str, Json] = {
        "image": image,
        "securityContext": RESTRICTED,
        **({"resources": resources} if resources else {}),
    }
    if "initContainers" in spec:
        spec["initContainers"] = [{**usual, **container} for container in spec["initContainers"]]
    return spec


def contradicted(fragment: str, node_selector: Pairs) -> list[Mistake]:
    """Why no node fulfils both the fragment and `node_selector`; nothing if one may."""
    return list(against_selector(json.loads(fragment), dict(node_selector))) if fragment and node_selector else []


def images_of(fragment: str) -> Iterable[str]:
    """The images that containers of the fragment name themselves."""
    spec = json.loads(fragment) if fragment else {}
    return [one["image"] for one in spec.get("initContainers", []) if one.get("image")]


def variables_of(fragment: str) -> Iterable[str]:
    """The environment variables that the fragment gives the task."""
    spec = json.loads(fragment) if fragment else {}
    return [one["name"] for container in spec.get("containers", []) for one in container.get("env", [])]
