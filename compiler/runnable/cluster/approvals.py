"""Answering a step of a workflow that waits for a person: what `argo resume` and `argo node set` do to its node."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from runnable.cluster.nodes import read_nodes
from runnable.cluster.objects import Object, Objects
from runnable.diagnostics.errors import ClusterError
from runnable.ir.nodes import Declaration
from runnable.targets.argo.approvals import APPROVED, YES, declaration
from runnable.targets.argo.expressions import declared_text
from runnable.targets.argo.reading.nodes import StepPaths
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

_TRIES = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step that waits: its path, the id of its node, and what is asked for."""

    path: str
    node: str
    answers: tuple[Declaration, ...]


def waiting_steps(workflow: Mapping[str, Any]) -> dict[str, Waiting]:
    """The steps of a workflow that wait for a person, by their paths. Raises ClusterError (RN807)."""
    nodes = read_nodes(workflow)
    paths = StepPaths(workflow, nodes)
    specs = paths.specs()
    found = {}
    for node in nodes.values():
        if node.get("type") != "Suspend" or node.get("phase") != "Running":
            continue
        at = next(iter(paths.of_node(node)), None)
        spec = specs.get(at.general) if at is not None else None
        if at is not None and spec is not None and spec.kind == "approval":
            found[at.path] = Waiting(at.path, node["id"], tuple(map(declaration, spec.arguments)))
    return found


def answer(
    objects: Objects, workflow: Object, one: Waiting, values: Mapping[str, Json], *, approved: bool, told: str
) -> bool:
    """Answer a step with `values`, which are what it asks for; `told` says who and what. False if it waits no more.

    Raises ClusterError.
    """
    name = workflow["metadata"]["name"]
    for last in range(1, _TRIES + 1):
        node = read_nodes(workflow).get(one.node, {})
        if node.get("phase") != "Running":
            return False
        try:
            objects.change_status(workflow, _status(workflow, _answered(one, node, values, approved, told)))
            return True
        except ClusterError:  # the controller has written it meanwhile, or it cannot be written
            if last == _TRIES:
                raise
            workflow, before = objects.get("Workflow", name), workflow
            if workflow["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]:
                raise
    return False


def _answered(
    one: Waiting, before: Mapping[str, Any], values: Mapping[str, Json], approved: bool, told: str
) -> dict[str, Any]:
    """The node, which is as `before`, as it is answered."""
    node: dict[str, Any] = deepcopy(dict(before))
    node["phase"] = "Succeeded" if approved else "Failed"
    node["finishedAt"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    node["message"] = told
    kinds = {declared.name: declared.kind for declared in one.answers}
    texts = {name: declared_text(value, kinds[name]) for name, value in values.items()} | {APPROVED: YES}
    for parameter in (node.get("outputs") or {}).get("parameters") or [] if approved else []:
        if parameter["name"] in texts:
            parameter["value"] = texts[parameter["name"]]
            parameter.pop("valueFrom", None)
    return node


def _status(workflow: Object, node: dict[str, Any]) -> dict[str, Any]:
    """The change of the status, however the controller keeps the nodes."""
    if not (workflow.get("status") or {}).get("compressedNodes"):
        removed = {"outputs": {"parameters": node["outputs"]["parameters"]}} if node.get("outputs") else {}
        changed = {key: node[key] for key in ("phase", "finishedAt", "message")}
        return {"nodes": {node["id"]: {**changed, **removed}}}
    nodes = {**read_nodes(workflow), node["id"]: node}
    text = json.dumps(nodes, separators=(",", ":"))
    return {"compressedNodes": base64.b64encode(gzip.compress(text.encode())).decode()}
