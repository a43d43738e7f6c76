"""Making a workflow: of a template that the cluster has, or of compiled objects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from runnable.cluster.api import Api
from runnable.cluster.objects import Object, Objects
from runnable.configuration import is_typed, load_values
from runnable.diagnostics.codes.cluster import BadSubmission
from runnable.diagnostics.errors import ClusterError
from runnable.targets.argo.expressions import argument_text, declared_text
from runnable.targets.argo.reading.expressions import declared_kinds
from runnable_runtime.protocol import Json
from runnable_runtime.values.declared import ANY, decode_as
from runnable_runtime.values.scalars import Mismatch

NO_VALUES: Mapping[str, Json] = MappingProxyType({})
_API_VERSION = "argoproj.io/v1alpha1"
_TEMPLATE_LABELS = {
    "WorkflowTemplate": "workflows.argoproj.io/workflow-template",
    "ClusterWorkflowTemplate": "workflows.argoproj.io/cluster-workflow-template",
}
_PREFIXES = {
    "workflowtemplate": "WorkflowTemplate",
    "wftmpl": "WorkflowTemplate",
    "clusterworkflowtemplate": "ClusterWorkflowTemplate",
    "cwft": "ClusterWorkflowTemplate",
    "cronworkflow": "CronWorkflow",
    "cronwf": "CronWorkflow",
}
"""What may stand before a template's name, as `argo submit --from` has it."""


def submit_template(
    objects: Objects, wanted: str, parameters: Mapping[str, str], values: Mapping[str, Json] = NO_VALUES
) -> Object:
    """A workflow of the template that `wanted` names: ``NAME``, ``clusterworkflowtemplate/NAME``, ``cronwf/NAME``.

    `parameters` are texts, `values` those of them that files have as JSON.

    Raises ClusterError: RN804 for a template that is not there, RN805 for parameters that it does not have or lacks.
    """
    prefix, _, name = wanted.rpartition("/")
    kind = _PREFIXES.get(prefix.lower(), "") if prefix else "WorkflowTemplate"
    if not kind:
        known = tuple(_PREFIXES)
        reason = f"{prefix!r} is no kind of template"
        raise ClusterError([BadSubmission(reason=reason, name=prefix, known=known)])
    template = objects.get(kind, name)
    if kind == "CronWorkflow":
        spec = template["spec"]["workflowSpec"]
        item = _workflow(name, spec, template["spec"].get("workflowMetadata") or {})
        reference = spec.get("workflowTemplateRef")
        declared = spec if reference is None else _referred(objects, reference)["spec"]
    else:
        cluster = {"clusterScope": True} if kind == "ClusterWorkflowTemplate" else {}
        item = _workflow(name, {"workflowTemplateRef": {"name": name, **cluster}}, {})
        item["metadata"]["labels"] = {_TEMPLATE_LABELS[kind]: name}
        declared = template["spec"]
    return objects.create(_given(item, declared, parameters, values))


def submit_objects(
    objects: Objects, items: Sequence[Object], parameters: Mapping[str, str], values: Mapping[str, Json] = NO_VALUES
) -> Object:
    """A workflow of what a pipeline was compiled to: a Workflow, or templates, which are applied first.

    For `parameters` and `values` see `submit_template`.
    """
    workflows = [item for item in items if item["kind"] == "Workflow"]
    for item in items:
        if item["kind"] not in ("Workflow", "CronWorkflow"):
            objects.apply(item)
    if workflows:
        (workflow,) = workflows
        return objects.create(_given(workflow, workflow["spec"], parameters, values))
    main = [item for item in items if (item.get("spec") or {}).get("entrypoint")]
    if not main:
        raise ClusterError([BadSubmission(reason="the file holds nothing that can be run")])
    return submit_template(objects, f"{main[-1]['kind'].lower()}/{main[-1]['metadata']['name']}", parameters, values)


def read_parameters(given: Iterable[str]) -> tuple[dict[str, str], dict[str, Json]]:
    """``NAME=VALUE``, and the values of YAML files, as a mapping of texts; the later one wins.

    With it, those of them that come from a file, as they are there. Raises ClusterError (RN805) for another form,
    ConfigurationError for a file that cannot be used.
    """
    texts: dict[str, str] = {}
    values: dict[str, Json] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if is_typed(text):
            texts[name] = value
            values.pop(name, None)
        elif equals or not text.endswith((".yaml", ".yml", ".json")):
            raise ClusterError([BadSubmission(reason=f"-p takes NAME=VALUE or a YAML file, not {text!r}")])
        else:
            read = load_values(text)
            texts |= {name: argument_text(value) for name, value in read.items()}
            values |= read
    return texts, values


def _referred(objects: Objects, reference: Mapping[str, Any]) -> Object:
    kind = "ClusterWorkflowTemplate" if reference.get("clusterScope") else "WorkflowTemplate"
    return objects.get(kind, reference["name"])


def _workflow(name: str, spec: Mapping[str, Any], metadata: Mapping[str, Any]) -> Object:
    kept = {key: dict(metadata[key]) for key in ("labels", "annotations") if metadata.get(key)}
    return {
        "apiVersion": _API_VERSION,
        "kind": "Workflow",
        "metadata": {"generateName": f"{name}-", **kept},
        "spec": dict(spec),
    }


def _given(
    item: Object, declared: Mapping[str, Any], parameters: Mapping[str, str], values: Mapping[str, Json]
) -> Object:
    """`item` with the parameters that are given, all of which are declared, and none of which lacks."""
    kinds = declared_kinds(json.dumps(declared))
    texts = {name: declared_text(value, kinds[name]) for name, value in values.items() if name in kinds}
    parameters = {**parameters, **texts}
    known = {p["name"]: p for p in (declared.get("arguments") or {}).get("parameters") or []}
    problems = [
        BadSubmission(reason=f"the pipeline reads no parameter {name!r}", name=name, known=tuple(known))
        for name in parameters
        if name not in known
    ]
    own = {p["name"]: p for p in (item["spec"].get("arguments") or {}).get("parameters") or []}
    for name, parameter in {**known, **own}.items():
        if not parameter.keys() & {"value", "valueFrom", "default"} and name not in parameters:
            problems.append(BadSubmission(reason=f"the parameter {name!r} has no value: give it with -p {name}=…"))
    problems += [problem for name, text in parameters.items() if (problem := _misfit(name, text, known, kinds))]
    if problems:
        raise ClusterError(problems)
    if not parameters:
        return item
    changed = {**own, **{name: {**own.get(name, {"name": name}), "value": text} for name, text in parameters.items()}}
    arguments = {**(item["spec"].get("arguments") or {}), "parameters": list(changed.values())}
    return {**item, "spec": {**item["spec"], "arguments": arguments}}


def _misfit(
    name: str, text: str, known: Mapping[str, Mapping[str, Any]], kinds: Mapping[str, str]
) -> BadSubmission | None:
    """Why the text that is given to a parameter cannot be its value, as far as a manifest says."""
    choices = known.get(name, {}).get("enum") or []
    if choices and text not in choices:
        reason = f"the parameter {name!r} has choices, and {text!r} is none of them"
        return BadSubmission(reason=reason, name=text, known=tuple(choices))
    try:
        decode_as(text, kinds.get(name, ANY))
    except Mismatch as mismatch:
        reason = f": {mismatch}" if str(mismatch) else ""
        return BadSubmission(reason=f"the parameter {name!r} is declared as {kinds[name]}, and is {text!r}{reason}")
    return None


def submit(item: Object, run_id: str = "", kubeconfig: str | None = None) -> str:
    """Create a Job, or make a CronJob what `item` says; the text is for the user. Nothing waits for its end.

    A Job is called `run_id`, if that is given. `kubeconfig` is another file than kubectl would read. Raises
    ClusterError.
    """
    api = Api.connect(file=kubeconfig)
    objects = Objects(api, item["metadata"].get("namespace") or api.namespace)
    where = f"in the namespace {objects.namespace}"
    if item["kind"] == "CronJob":
        name = objects.apply(item)["metadata"]["name"]
        return f"the CronJob {name} is {where}, with the schedule {item['spec']['schedule']!r}"
    if run_id:
        others = {key: value for key, value in item["metadata"].items() if key != "generateName"}
        item = {**item, "metadata": {**others, "name": run_id}}
    name = objects.create(item)["metadata"]["name"]
    return f"the Job {name} is {where}; `kubectl logs -n {objects.namespace} -f job/{name}` follows it"
