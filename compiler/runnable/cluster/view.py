"""A workflow's status as the tree of our steps: what Argo calls nodes, by the paths that a run here would have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runnable.cluster.model import Attempt, Phase, Step, View
from runnable.cluster.nodes import read_nodes
from runnable.cluster.programs import program_records
from runnable.cluster.recording import begun_without_pods, recorded_run
from runnable.cluster.shared import item_of, member_of
from runnable.ir.nodes import BODY
from runnable.targets.argo.expressions import FAILED_ITEM, OUTPUT
from runnable.targets.argo.reading.nodes import StepPath, StepPaths
from runnable.targets.argo.reading.workflow import cached_in, outputs_of, spec_and_templates
from runnable_runtime.records.records import StepRecord

_PHASES = {
    "": Phase.WAITING,
    "Pending": Phase.PENDING,
    "Running": Phase.RUNNING,
    "Succeeded": Phase.SUCCEEDED,
    "Skipped": Phase.SKIPPED,
    "Omitted": Phase.SKIPPED,
    "Daemoned": Phase.RUNNING,
    "Failed": Phase.FAILED,
    "Error": Phase.FAILED,
}
_SILENT = (Phase.WAITING, Phase.SKIPPED, Phase.SUCCEEDED)
"""The phases in which a pod of ours that fails with a message has had no reason to."""


def view(workflow: Mapping[str, Any]) -> View:
    """The view of a Workflow object. Raises ClusterError (RN807) if its nodes cannot be read."""
    status = workflow.get("status") or {}
    metadata = workflow["metadata"]
    phase = _PHASES.get(status.get("phase", ""), Phase.RUNNING)
    run = recorded_run(*spec_and_templates(workflow), metadata["name"])
    steps, programs = _steps(workflow)
    return View(
        name=metadata["name"],
        namespace=metadata.get("namespace", ""),
        phase=phase,
        message=status.get("message", ""),
        started=status.get("startedAt") or metadata.get("creationTimestamp", ""),
        finished=status.get("finishedAt") or "",
        taken_up=bool(status.get("phase")),
        stopping="shutdown" in (workflow.get("spec") or {}),
        run=run,
        steps=steps,
        programs=programs if run else (),
        begun=begun_without_pods(workflow, run, read_nodes(workflow).values()) if status.get("finishedAt") else None,
    )


def _steps(workflow: Mapping[str, Any]) -> tuple[dict[str, Step], tuple[StepRecord, ...]]:
    """Every step that has a node, and every other one that is not in a map or loop; and the records of programs."""
    nodes, images = read_nodes(workflow), _images(workflow)
    paths = StepPaths(workflow, nodes)
    order = {known.path: known for known in paths.of_manifest()}
    found: dict[str, Step] = {}
    general: dict[str, str] = {}
    dags: dict[str, tuple[StepPath, Mapping[str, Any]]] = {}
    waiting: dict[str, Mapping[str, Any]] = {}
    for node in nodes.values():
        steps = paths.of_node(node)
        for at in steps:
            if at.is_inner and node["type"] != "Pod":  # of an approval: it waits, or says what has become of it
                waiting[at.path] = node if node.get("message") or at.path not in waiting else waiting[at.path]
                continue
            general[at.path] = at.general
            if node["type"] == "DAG" and at.kind == "task":
                dags[at.path] = at, node
            whole = _step(at, node, images)
            beside = [step.path for step in steps if step.item == at.item]
            one = member_of(whole, at.path, beside) if len(steps) > 1 else whole
            step = found[at.path] = _joined(found.get(at.path), one)
            if at.item is not None:
                general[at.item.path] = at.item.general
                item = item_of(whole, beside) if len(steps) > 1 else step
                found[at.item.path] = replace(item, path=at.item.path, kind=at.item.kind, attempts=(), cached="")
    for path, known in order.items():
        if BODY not in path.split("."):
            general.setdefault(path, path)
            found.setdefault(path, Step(path, known.kind))
    for path, inner in waiting.items():
        message = found[path].message or inner.get("message", "")
        found[path] = replace(found[path], waits=_waits(inner), message=message)
    position = {path: number for number, path in enumerate(order)}
    own_ends = paths.own_ends()
    shown = [step for step in found.values() if not (general[step.path] in own_ends and step.phase in _SILENT)]
    in_order = sorted(shown, key=lambda s: _sort_key(s.path, general[s.path], position))
    return _skipped_with_their_parents(in_order), tuple(program_records(paths, dags, found)) if dags else ()


def _skipped_with_their_parents(steps: list[Step]) -> dict[str, Step]:
    """The steps, parents first, by their paths. Argo has no nodes for what is in a branch that is not taken."""
    found: dict[str, Step] = {}
    for step in steps:
        parent = found.get(step.path.rpartition(".")[0])
        never = step.phase is Phase.WAITING and parent is not None and parent.phase is Phase.SKIPPED
        found[step.path] = replace(step, phase=Phase.SKIPPED) if never else step
    return found


def _images(workflow: Mapping[str, Any]) -> dict[str, str]:
    """The images of the templates that are containers, by the templates' names."""
    _, templates = spec_and_templates(workflow)
    return {one["name"]: (one.get("container") or {}).get("image") or "" for one in templates if "name" in one}


def _step(at: StepPath, node: Mapping[str, Any], images: Mapping[str, str]) -> Step:
    """The step at a path as a node has it."""
    phase, message = _PHASES.get(node.get("phase", ""), Phase.RUNNING), node.get("message", "")
    if at.kind == "item" and outputs_of(node).get(OUTPUT, "").startswith(FAILED_ITEM):
        phase = Phase.FAILED  # the node has succeeded, since its map keeps what failed
    if phase is Phase.PENDING and node["type"] == "DAG":  # of one that is looked up, Argo says nothing else
        phase = Phase.RUNNING
    started, finished = node.get("startedAt") or "", node.get("finishedAt") or ""
    template = node.get("templateName") or (node.get("templateRef") or {}).get("template", "")
    image = images.get(template, "")
    one = Attempt(node["id"], phase, message, started, finished, node.get("hostNodeName") or "", image)
    attempts = (one,) if node["type"] == "Pod" else ()
    return Step(at.path, at.kind, phase, message, started, finished, attempts, cached=cached_in(node))


def _waits(node: Mapping[str, Any]) -> bool:
    return node["type"] == "Suspend" and node.get("phase") == "Running"


def _joined(old: Step | None, new: Step) -> Step:
    """Two nodes of one step: Argo has one for each attempt, and one for all of them together; a program has a DAG."""
    if old is None:
        return new
    attempts = sorted((*old.attempts, *new.attempts), key=lambda attempt: attempt.started)
    whole = next((step for step in (old, new) if not step.attempts), None) or max(old, new, key=lambda s: s.started)
    last = attempts[-1].message if attempts else ""
    return replace(whole, attempts=tuple(attempts), message=last or whole.message or old.message or new.message)


def _sort_key(path: str, general: str, position: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
    """Parents before children, siblings in the pipeline's order, items by number."""
    key: list[tuple[int, int]] = []
    parts, names = path.split("."), general.split(".")
    for length, (part, name) in enumerate(zip(parts, names, strict=False), start=1):
        number = int(part) if name == BODY and part.isdigit() else 0
        key.append((position.get(".".join(names[:length]), len(position)), number))
    return tuple(key)
