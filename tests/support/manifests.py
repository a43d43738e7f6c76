"""Reading compiled manifests, and checking them offline the way the API server and the controller would."""

import functools
import gzip
import json
import re

import jsonschema
import yaml

from tests.support.paths import TESTS

_SCHEMAS = TESTS / "data" / "argo-schemas.json.gz"
_LABELS = {"type": "object", "additionalProperties": {"type": "string"}}
_METADATA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 52},
        "generateName": {"type": "string", "pattern": "^[a-z0-9][-a-z0-9]*-$", "maxLength": 53},
        "namespace": {"type": "string"},
        "labels": _LABELS,
        "annotations": _LABELS,
    },
}
_TYPES = ("container", "dag", "suspend", "steps", "script", "http")


def read(text):
    """The objects in a manifest."""
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


@functools.cache
def _validator(kind):
    schemas = json.loads(gzip.decompress(_SCHEMAS.read_bytes()))
    spec = {"$ref": "#/$defs/cron"} if kind == "CronWorkflow" else {"$ref": "#/$defs/workflow"}
    return jsonschema.Draft7Validator(
        {
            "$defs": schemas,
            "type": "object",
            "additionalProperties": False,
            "required": ["apiVersion", "kind", "metadata", "spec"],
            "properties": {
                "apiVersion": {"const": "argoproj.io/v1alpha1"},
                "kind": {"const": kind},
                "metadata": _METADATA,
                "spec": spec,
            },
        }
    )


def problems(document, *others):
    """What is wrong with an object: the schema of its kind, unknown fields refused, and the rules beside the schema.

    `others` are the objects that it may refer to.
    """
    found = [
        f"{'/'.join(map(str, e.path))}: {e.message[:300]}" for e in _validator(document["kind"]).iter_errors(document)
    ]
    spec = workflow_spec(document)
    if "workflowTemplateRef" in spec:
        return found
    templates = {template["name"]: template for template in spec["templates"]}
    if len(templates) != len(spec["templates"]):
        found.append("two templates of one name")
    if "entrypoint" in spec and spec["entrypoint"] not in templates:
        found.append("the entrypoint is no template")
    known = {(None, None, name): template for name, template in templates.items()}
    for other in others:
        for template in workflow_spec(other).get("templates", []):
            cluster = True if other["kind"] == "ClusterWorkflowTemplate" else None
            known[cluster, other["metadata"].get("name"), template["name"]] = template
    for template in spec["templates"]:
        found += _template_problems(template, known)
    return found


def all_problems(documents):
    """What is wrong with each of the objects of a manifest, which may refer to each other."""
    return [problem for document in documents for problem in problems(document, *documents)]


def reference(task):
    """What a task calls: whether in no namespace, the object's name (None for the task's own), the template's."""
    if "template" in task:
        return None, None, task["template"]
    called = task["templateRef"]
    return called.get("clusterScope"), called["name"], called["template"]


def workflow_spec(document):
    """The spec of a workflow in an object of any kind."""
    return document["spec"]["workflowSpec"] if document["kind"] == "CronWorkflow" else document["spec"]


def _template_problems(template, templates):
    name = template["name"]
    if len([kind for kind in _TYPES if kind in template]) != 1:
        yield f"{name}: it is not of one type"
    if "container" in template and not template["container"].get("command"):
        yield f"{name}: a container without a command"
    if "dag" in template and {"retryStrategy", "timeout", "activeDeadlineSeconds"} & template.keys():
        yield f"{name}: a DAG with attempts or a deadline"
    own = any(given["name"] == "spec" for given in template.get("inputs", {}).get("parameters", []))
    foreign = ("container" in template and not own) or "suspend" in template  # they fail, or wait, without a value
    for output in template.get("outputs", {}).get("parameters", []):
        if "default" not in output["valueFrom"] and not foreign:
            yield f"{name}: an output without a default"
    if "dag" in template:
        yield from _dag_problems(template, templates)


def _dag_problems(template, templates):
    tasks = {}
    given = {p["name"] for p in template.get("inputs", {}).get("parameters", [])}
    for task in template["dag"]["tasks"]:
        where = f"{template['name']}.{task['name']}"
        called = templates.get(reference(task))
        if called is None:
            yield f"{where}: there is no template {reference(task)}"
            continue
        if task["name"] in tasks or task["name"] == "name" or not re.fullmatch("[a-z][a-z0-9-]*", task["name"]):
            yield f"{where}: not a name, or not a new one"
        before = {n for name in _needed(task) for n in (name, *tasks.get(name, ()))}
        if not before <= tasks.keys():
            yield f"{where}: it depends on what does not stand before it"
        tasks[task["name"]] = before
        arguments = {p["name"]: p["value"] for p in task.get("arguments", {}).get("parameters", [])}
        yield from _argument_problems(where, arguments, called)
        for text in (*arguments.values(), task.get("when", ""), task.get("withParam", "")):
            if "{{" in text and any(tag.count("}}") != 1 for tag in text.split("{{")[1:]):
                yield f"{where}: a tag without an end, or with two"
            read = set(re.findall(r"\{\{=?tasks(?:\.|\[')([a-z0-9-]+)", text))
            if not read <= before:
                yield f"{where}: it reads {read - before}, which need not have ended"
            if "inputs.parameters.in" in text and "in" not in given:
                yield f"{where}: it reads an input that the DAG has not"


def _needed(task):
    return re.findall(r"([a-z0-9-]+)\.(?:Succeeded|Failed|Errored|Omitted)", task.get("depends", ""))


def _argument_problems(where, arguments, called):
    inputs = {p["name"]: p for p in called.get("inputs", {}).get("parameters", [])}
    if not arguments.keys() <= inputs.keys():
        yield f"{where}: it gives {arguments.keys() - inputs.keys()}, which {called['name']} does not take"
    for name, declared in inputs.items():
        if "default" not in declared and name not in arguments:
            yield f"{where}: {called['name']} needs {name}"
