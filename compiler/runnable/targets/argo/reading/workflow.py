"""The parts of a workflow's object: its spec, its templates, and what a pod of it was started with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runnable.targets.argo.expressions import has_tag
from runnable.targets.argo.reading.expressions import with_parameters

Object = Mapping[str, Any]


def workflow_spec(item: Object) -> dict[str, Any]:
    """The spec of a workflow in an object of any of Argo's kinds."""
    spec = item.get("spec") or {}
    inner: dict[str, Any] = (spec.get("workflowSpec") or {}) if item.get("kind") == "CronWorkflow" else spec
    return inner


def spec_and_templates(workflow: Object) -> tuple[Object, list[Object]]:
    """The spec that a workflow runs, and all templates that it calls, those of other objects included."""
    status = workflow.get("status") or {}
    spec = status.get("storedWorkflowTemplateSpec") or workflow.get("spec") or {}
    stored = status.get("storedTemplates") or {}
    return spec, [*(spec.get("templates") or []), *stored.values()]


def references(templates: Iterable[Object]) -> Iterator[Object]:
    """The references of DAGs to templates of other objects."""
    for template in templates:
        for task in (template.get("dag") or {}).get("tasks") or []:
            if reference := task.get("templateRef"):
                yield reference


def inputs_of(node: Object) -> dict[str, str]:
    """The texts that a node of a workflow's status was given, by the names of its inputs."""
    given = (node.get("inputs") or {}).get("parameters") or []
    return {parameter["name"]: str(parameter.get("value", "")) for parameter in given}


def outputs_of(node: Object) -> dict[str, str]:
    """The texts that a node of a workflow's status has returned, by the names of its outputs."""
    returned = (node.get("outputs") or {}).get("parameters") or []
    return {parameter["name"]: str(parameter.get("value", "")) for parameter in returned}


def cached_in(node: Object) -> str:
    """Where Argo's cache had what a node of a workflow's status has returned: the ConfigMap and the key; else empty."""
    found = node.get("memoizationStatus") or {}
    return f"{found.get('cacheName', '')}/{found.get('key', '')}" if found.get("hit") else ""


def container_of(workflow: Object, node: Object) -> dict[str, Any]:
    """The container of a pod's template, over what the workflow has for all of them."""
    name = node.get("templateName") or (node.get("templateRef") or {}).get("template")
    spec, templates = spec_and_templates(workflow)
    own = next((t.get("container") or {} for t in templates if t["name"] == name), {})
    common = (spec.get("templateDefaults") or {}).get("container") or {}
    variables = {item["name"]: item for item in (*(common.get("env") or []), *(own.get("env") or []))}
    return {**common, **{key: value for key, value in own.items() if value}, "env": list(variables.values())}


def plain_variables(container: Object) -> dict[str, str]:
    """The environment variables whose values are in the manifest: not those of secrets, nor what Argo replaces."""
    return {v["name"]: str(v["value"]) for v in container["env"] if "value" in v and not has_tag(str(v["value"]))}


def image_of(container: Object, workflow: Object) -> str:
    """The image, also where it is a parameter of the workflow; empty where it is not to be known."""
    image = str(container.get("image", ""))
    spec, _ = spec_and_templates(workflow)
    for source in (spec, workflow.get("spec") or {}):
        given = (source.get("arguments") or {}).get("parameters") or []
        image = with_parameters(image, {p["name"]: str(p["value"]) for p in given if p.get("value") is not None})
    return "" if has_tag(image) else image
