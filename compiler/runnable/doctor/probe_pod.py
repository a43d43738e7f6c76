"""The probe pod: what a pod of a workflow is, of the same configuration, but for what it runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from runnable.configuration import Configuration
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.doctor import in_pod
from runnable.ir.nodes import Graph, Program, Reads, ShellCommand, Task
from runnable.targets import request_for
from runnable.targets.argo import written
from runnable.targets.argo.container_templates import MAIN_CONTAINER
from runnable.targets.argo.expressions import has_tag
from runnable.targets.kubernetes.pod_fragment import merge_spec
from runnable_runtime.protocol import Json

SECONDS = 90
"""After which a pod is ended by its node, whatever happens here."""
NAME = "runnable-probe-"


def probe_pod(configuration: Configuration) -> dict[str, Any]:
    """The pod. Raises RunnableError for a configuration that cannot be compiled with."""
    task = Task("probe", ShellCommand("true"), Reads())
    program = Program("probe", Graph("probe", (task,)), root=str(configuration.root))
    request = replace(request_for("argo", program, configuration), kind="Workflow", name="probe", report=_unheard)
    *_, workflow = yaml.safe_load_all(written(request).text)
    spec = workflow["spec"]
    template = next(one for one in spec["templates"] if "container" in one)
    base = {"containers": [{"name": MAIN_CONTAINER, **spec["templateDefaults"]["container"]}]}
    merged = merge_spec(base, {"containers": [{"name": MAIN_CONTAINER, **template["container"]}]})
    container = merged["containers"][0]
    container |= {"command": ["python", "-c"], "args": [Path(in_pod.__file__).read_text(encoding="utf-8")]}
    container["env"] = [one for one in container.get("env", ()) if not _is_of_argo(one)]
    pod: dict[str, Json] = {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": SECONDS,
        "containers": [container],
        **{name: spec[name] for name in _OF_PODS if name in spec},
        **{name: template[name] for name in _OF_PODS if name in template},
    }
    for patch in (spec.get("podSpecPatch"), template.get("podSpecPatch")):
        if patch and not has_tag(patch):
            pod = merge_spec(pod, _parsed(patch))
    for name in ("containers", "initContainers"):  # without those that Argo adds, of which a patch speaks
        pod[name] = [one for one in pod.get(name, ()) if "image" in one]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": NAME, "labels": {"app.kubernetes.io/managed-by": "runnable"}},
        "spec": pod,
    }


_OF_PODS = (
    "serviceAccountName",
    "automountServiceAccountToken",
    "imagePullSecrets",
    "securityContext",
    "nodeSelector",
    "tolerations",
    "affinity",
    "priorityClassName",
    "volumes",
)
"""Fields that a workflow, or a template, has as pods have them."""


def _unheard(warning: Diagnostic) -> None:
    """Warnings are reported by the check of the configuration."""


def _is_of_argo(variable: dict[str, Any]) -> bool:
    return has_tag(str(variable.get("value", "")))


def _parsed(patch: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(patch)
    return found
