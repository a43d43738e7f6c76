"""A workflow's status as the tree of our steps: what Argo calls nodes, by the paths that a run here would have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from runnable.cluster.model import Attempt, Phase, Step, View
from runnable.cluster.nodes import read_nodes
from runnable.cluster.recording import recorded_run
from runnable.ir.nodes import BODY
from runnable.ir.walk import join
from runnable.targets.argo.reading.roles import Places, Role, Task, called, composite, spec_of
from runnable_runtime.protocol import TaskSpec

Node = Mapping[str, Any]

_INSTANCE = re.compile(r"(?P<task>.*?)\((?P<number>\d+)(?::.*)?\)", re.S)
_OWN_END = re.compile(r"echo .*>&2; exit 1", re.S)
"""The command of a pod that fails with a message, which no user has written; see `DagWriter.failing_pod`."""


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


def view(workflow: Mapping[str, Any]) -> View:
    """The view of a Workflow object. Raises ClusterError (RN807) if its nodes cannot be read."""
    status = workflow.get("status") or {}
    metadata = workflow["metadata"]
    phase = _PHASES.get(status.get("phase", ""), Phase.RUNNING)
    return View(
        name=metadata["name"],
        namespace=metadata.get("namespace", ""),
        phase=phase,
        message=status.get("message", ""),
        started=status.get("startedAt") or metadata.get("creationTimestamp", ""),
        finished=status.get("finishedAt") or "",
        taken_up=bool(status.get("phase")),
        stopping="shutdown" in (workflow.get("spec") or {}),
        run=recorded_run(*spec_and_templates(workflow), metadata["name"]),
        steps=_Tree(workflow).steps(),
    )


@dataclass(frozen=True, slots=True)
class _At:
    """Where a DAG node is: its step's path as the pipeline has it, and with the numbers of items and iterations."""

    template: str
    general: str
    path: str


class _Tree:
    def __init__(self, workflow: Mapping[str, Any]) -> None:
        spec, templates = spec_and_templates(workflow)
        self._places = Places(templates)
        self._entry = str(spec.get("entrypoint", ""))
        self._nodes = read_nodes(workflow)
        self._root = workflow["metadata"]["name"]
        self._found: dict[str, _At | None] = {}
        self._own_ends = {
            spec.name for spec in self._specs() if spec.kind == "shell" and _OWN_END.fullmatch(spec.target)
        }

    def steps(self) -> dict[str, Step]:
        """Every step that has a node, and every other one that is not in a map or loop."""
        order = {step.path: step for step in self._known(self._entry, "", frozenset())}
        found: dict[str, Step] = {}
        general: dict[str, str] = {}
        for node in self._nodes.values():
            for where, step in self._step(node):
                general[step.path] = where
                found[step.path] = _joined(found.get(step.path), step)
        for path, step in order.items():
            if BODY not in path.split("."):
                general.setdefault(path, path)
                found.setdefault(path, step)
        position = {path: number for number, path in enumerate(order)}
        shown = [step for step in found.values() if not self._is_silent(general[step.path], step)]
        return {step.path: step for step in sorted(shown, key=lambda s: _sort_key(s.path, general[s.path], position))}

    def _known(self, template: str, around: str, open_: frozenset[str]) -> Iterator[Step]:
        """The steps of the manifest; those in maps and loops have ``*`` in their paths."""
        if template in open_:
            return
        for task in self._places.tasks(template):
            place = self._places.place(template, task, around)
            name = called(task)
            if place.role in (Role.END, Role.AGAIN):
                continue
            if place.role is Role.STEP:
                yield Step(place.path, self._kind(task))
            elif place.role is not Role.PART:
                yield Step(place.path, "item")
            yield from self._known(name, place.path, open_ | {template})

    def _kind(self, task: Task) -> str:
        name = called(task)
        if inner := self._places.tasks(name):
            return composite(inner, name)
        return "stub" if "suspend" in self._places.templates.get(name, {}) else "task"

    def _step(self, node: Node) -> Iterator[tuple[str, Step]]:
        """The step that a node stands for, with its general path; nothing for Argo's own ones."""
        around = self._at(str(node.get("boundaryID", "")))
        task = None if around is None else self._task(around, node)
        if around is None or task is None or node["id"] == self._root:
            return
        place = self._places.place(around.template, task, around.general)
        if place.role in (Role.END, Role.AGAIN, Role.PART) or (place.role is Role.ITEM and node["type"] != "DAG"):
            return
        kind = "item" if place.role is not Role.STEP else self._kind(task)
        phase, message = _PHASES.get(node.get("phase", ""), Phase.RUNNING), node.get("message", "")
        started, finished = node.get("startedAt") or "", node.get("finishedAt") or ""
        attempts = (Attempt(node["id"], phase, message, started, finished),) if node["type"] == "Pod" else ()
        path = self._path(around, task, node)
        yield place.path, Step(path, kind, phase, message, started, finished, attempts)

    def _at(self, node_id: str) -> _At | None:
        """Where the DAG node of that id is; None for what is no DAG of the templates."""
        if node_id not in self._found:
            self._found[node_id] = None
            self._found[node_id] = self._find(node_id)
        return self._found[node_id]

    def _find(self, node_id: str) -> _At | None:
        node = self._nodes.get(node_id)
        if node is None:
            return None
        if node_id == self._root:
            return _At(self._entry, "", "")
        around = self._at(str(node.get("boundaryID", "")))
        task = None if around is None else self._task(around, node)
        if around is None or task is None:
            return None
        general = self._places.place(around.template, task, around.general).path
        return _At(called(task), general, self._path(around, task, node))

    def _task(self, around: _At, node: Node) -> Task | None:
        name = str(node.get("displayName", ""))
        instance = _INSTANCE.fullmatch(name)
        name = instance["task"] if instance else name
        return next((task for task in self._places.tasks(around.template) if task["name"] == name), None)

    def _path(self, around: _At, task: Task, node: Node) -> str:
        """The path with the numbers of items and iterations."""
        place = self._places.place(around.template, task, around.general)
        match place.role:
            case Role.ITEM:
                instance = _INSTANCE.fullmatch(str(node.get("displayName", "")))
                return join(around.path, instance["number"] if instance else BODY)
            case Role.ITERATION:
                loop = self._nodes.get(str(node.get("boundaryID", "")), {})
                return join(around.path, _input(loop, "i") or "0")
            case Role.AGAIN | Role.PART | Role.END:
                return around.path
            case Role.STEP:
                relative = place.path.removeprefix(around.general).removeprefix(".")
                return join(around.path, relative)

    def _is_silent(self, general: str, step: Step) -> bool:
        """Whether it is a pod of ours that fails with a message, and has had no reason to."""
        return general in self._own_ends and step.phase in (Phase.WAITING, Phase.SKIPPED, Phase.SUCCEEDED)

    def _specs(self) -> Iterator[TaskSpec]:
        for template in self._places.templates:
            yield from filter(None, map(spec_of, self._places.tasks(template)))


def spec_and_templates(workflow: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """The spec that a workflow runs, and all templates that it calls, those of other objects included."""
    status = workflow.get("status") or {}
    spec = status.get("storedWorkflowTemplateSpec") or workflow.get("spec") or {}
    stored = status.get("storedTemplates") or {}
    return spec, [*(spec.get("templates") or []), *stored.values()]


def _joined(old: Step | None, new: Step) -> Step:
    """Two nodes of one step: Argo has one for each attempt, and one for all of them together."""
    if old is None:
        return new
    attempts = sorted((*old.attempts, *new.attempts), key=lambda attempt: attempt.started)
    whole = next((step for step in (old, new) if not step.attempts), None) or max(old, new, key=lambda s: s.started)
    return replace(whole, attempts=tuple(attempts), message=attempts[-1].message or whole.message)


def _input(node: Node, name: str) -> str:
    given = (node.get("inputs") or {}).get("parameters") or []
    return next((str(p.get("value", "")) for p in given if p["name"] == name), "")


def _sort_key(path: str, general: str, position: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
    """Parents before children, siblings in the pipeline's order, items by number."""
    key: list[tuple[int, int]] = []
    parts, names = path.split("."), general.split(".")
    for length, (part, name) in enumerate(zip(parts, names, strict=False), start=1):
        number = int(part) if name == BODY and part.isdigit() else 0
        key.append((position.get(".".join(names[:length]), len(position)), number))
    return tuple(key)
