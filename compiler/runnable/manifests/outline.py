"""The outline of a pipeline, read from its manifests: what two of them are compared by."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from runnable.manifests.images import Object
from runnable.manifests.settings import flatten
from runnable.manifests.steps import Fields, read_steps
from runnable.targets.argo.reading.workflow import references, workflow_spec
from runnable_runtime.deferred import dataclass

CRON = "CronWorkflow"
EVENTS = ("EventSource", "Sensor")
_OWN = ("templates", "templateDefaults", "arguments", "entrypoint", "onExit", "workflowTemplateRef")
"""What stands in a workflow's spec and is shown as steps and parameters."""
_FOREIGN = (
    "kubectl.kubernetes.io/",
    "argocd.argoproj.io/",
    "kustomize.toolkit.fluxcd.io/",
    "helm.toolkit.fluxcd.io/",
    "meta.helm.sh/",
    "app.kubernetes.io/managed-by",
    "workflows.argoproj.io/last-used-schedule",
)
"""Labels and annotations that whatever applies an object puts on it."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a pipeline's objects say.

    `steps`: by path, in order. `parameters`, `schedule`, `events` and `settings`: texts by key. `raw` is all of the
    objects, to find what is written differently and means the same.
    """

    name: str
    kind: str
    steps: Mapping[str, Fields] = field(default_factory=dict)
    parameters: Fields = field(default_factory=dict)
    schedule: Fields = field(default_factory=dict)
    events: Fields = field(default_factory=dict)
    settings: Fields = field(default_factory=dict)
    raw: Fields = field(default_factory=dict)


def outline(objects: Iterable[Object]) -> Outline:
    """The pipeline that `objects` make up: one that is not referred to, those that it refers to, and its schedule."""
    items = [_own(item) for item in objects]
    main = _main(items)
    spec = workflow_spec(main)
    templates = [template for item in items for template in workflow_spec(item).get("templates") or []]
    crons = [item for item in items if item["kind"] == CRON]
    parameters = (spec.get("arguments") or {}).get("parameters") or []
    metadata = main["metadata"]
    return Outline(
        name=str(metadata.get("name") or metadata.get("generateName", "").removesuffix("-")),
        kind=main["kind"],
        steps=read_steps(spec, templates),
        parameters={p["name"]: str(p.get("value", "(to be given)")) for p in parameters},
        schedule={key: text for cron in crons for key, text in _schedule(cron)},
        events={key: text for item in items if item["kind"] in EVENTS for key, text in _event(item)},
        settings=dict(_settings(metadata, spec)),
        raw={key: text for item in items for key, text in flatten(item, f"{item['kind']}.{_name(item)}")},
    )


def _main(items: list[Object]) -> Object:
    referred = {
        reference.get("name") for item in items for reference in references(workflow_spec(item).get("templates") or [])
    }
    whole = [item for item in items if workflow_spec(item).get("templates")]
    starts = [item for item in whole if _name(item) not in referred]
    return (starts or whole or items)[0]


def _name(item: Object) -> str:
    return str(item["metadata"].get("name") or item["metadata"].get("generateName"))


def _schedule(cron: Object) -> Iterable[tuple[str, str]]:
    spec = {key: value for key, value in cron["spec"].items() if key not in ("workflowSpec", "workflowMetadata")}
    return flatten(spec)


def _event(item: Object) -> Iterable[tuple[str, str]]:
    return flatten(item["spec"], item["kind"])


def _settings(metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for key in ("namespace", "labels", "annotations"):
        if metadata.get(key):
            yield from flatten(metadata[key], key)
    yield from flatten({key: value for key, value in spec.items() if key not in _OWN})


def _own(item: Object) -> Object:
    """An object without what the API server, and those who apply it, have added."""
    item = copy.deepcopy({key: item[key] for key in ("apiVersion", "kind", "metadata", "spec") if key in item})
    metadata = item.get("metadata") or {}
    kept = {key: metadata[key] for key in ("name", "generateName", "namespace") if metadata.get(key)}
    for key in ("labels", "annotations"):
        found = {k: v for k, v in (metadata.get(key) or {}).items() if not k.startswith(_FOREIGN)}
        kept |= {key: found} if found else {}
    item["metadata"] = kept
    return item
