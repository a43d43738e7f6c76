"""Which step a node of a workflow's status stands for, and the numbers of the items and iterations that it is in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from runnable.ir.nodes import BODY
from runnable.ir.walk import join
from runnable.targets.argo.expressions import INPUT, ITERATION
from runnable.targets.argo.reading.roles import (
    Place,
    Places,
    Role,
    Task,
    called,
    composite,
    fused_of,
    spec_of,
    steps_of,
)
from runnable.targets.argo.reading.workflow import inputs_of, spec_and_templates
from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.fused.batch import numbers
from runnable_runtime.fused.spec import FusedSpec
from runnable_runtime.protocol import TaskSpec

Node = Mapping[str, Any]

_INSTANCE = pattern(r"(?P<task>.*?)\((?P<number>\d+)(?::.*)?\)", re.S)
_OWN_END = pattern(r"echo .*>&2; exit 1", re.S)
"""The command of a pod that fails with a message, which no user has written; see `Templates.failing_pod`."""


@dataclass(frozen=True, slots=True)
class StepPath:
    """A step: its path as the pipeline has it, its path with the numbers of items and iterations, and its kind.

    `kind` is "task", "stub", "item" (of a map or loop), or what `composite` says. `item` is the item of a map that the
    step is all of, if that has no node of its own. `is_inner`: the node is one in the step's own DAG.
    """

    general: str
    path: str
    kind: str
    item: StepPath | None = None
    is_inner: bool = False


@dataclass(frozen=True, slots=True)
class _Dag:
    """A DAG node: its template, and its step's paths as `StepPath` has them."""

    template: str
    general: str
    path: str


class StepPaths:
    """Finds the steps of a workflow's `nodes`, which are by their ids."""

    def __init__(self, workflow: Mapping[str, Any], nodes: Mapping[str, Node]) -> None:
        spec, templates = spec_and_templates(workflow)
        self._places = Places(templates, str(spec.get("onExit", "")))
        self._entry = str(spec.get("entrypoint", ""))
        self._nodes = nodes
        self._root = workflow["metadata"]["name"]
        self._dags: dict[str, _Dag | None] = {}

    def of_manifest(self) -> Iterator[StepPath]:
        """The steps of the manifest, in its order; those in maps and loops have ``*`` in both paths."""
        yield from self._known(self._entry, "", frozenset())
        yield from self._known(self._places.on_exit, "", frozenset())

    def of_node(self, node: Node) -> tuple[StepPath, ...]:
        """The steps that a node stands for: none for Argo's own ones, several for a pod that they share, in order."""
        whole = self._of_node(node)
        if whole is None:
            return ()
        _, task = self._called_by(node)
        fused = fused_of(task) if task else None
        if fused is None:
            return (whole,)
        if node["type"] == "Retry":  # its pods say more
            return ()
        if fused.batch:
            return tuple(self._of_items(whole, fused, numbers(inputs_of(node).get(INPUT, ""))))
        last, around = len(fused.name.rpartition(".")[2]), len(fused.name.rpartition(".")[0])
        before = whole.path[: len(whole.path) - last].rstrip(".")
        return tuple(
            StepPath(name, join(before, name[around:].lstrip(".")), kind, whole.item) for name, kind in steps_of(fused)
        )

    def _of_items(self, whole: StepPath, fused: FusedSpec, items: list[int]) -> Iterator[StepPath]:
        """The steps of a pod that several items of a map share."""
        assert whole.item is not None
        around, body = whole.item.path.rpartition(".")[0], whole.item.general
        for number in items:
            item = StepPath(body, join(around, str(number)), "item")
            for path, kind in steps_of(fused):
                yield StepPath(path, join(item.path, path.removeprefix(f"{body}.")), kind, item)

    def _of_node(self, node: Node) -> StepPath | None:
        around, task = self._called_by(node)
        if around is None or task is None or node["id"] == self._root:
            return None
        place = self._places.place(around.template, task, around.general)
        if place.role in (Role.END, Role.AGAIN, Role.PART) or (place.role is Role.ITEM and node["type"] != "DAG"):
            return None
        path = self._path(around, place, node)
        if place.role is Role.PROGRAM:
            return StepPath(place.path, path, "task", is_inner=True)
        if place.role is Role.ITEM_TASK:
            is_instance = _INSTANCE.fullmatch(str(node.get("displayName", ""))) is not None
            if node["type"] == "TaskGroup" or not (is_instance or self._places.is_batch(around.template)):
                return None
            item = StepPath(join(around.general, BODY), path.rpartition(".")[0], "item")
            return StepPath(place.path, path, self._kind(task), item)
        return StepPath(place.path, path, self._kind(task) if place.role is Role.STEP else "item")

    def own_ends(self) -> set[str]:
        """The paths of pods that are not the user's: they fail with a message, if they run."""
        specs = (spec for template in self._places.templates for spec in self._specs(template))
        return {spec.name for spec in specs if spec.kind == "shell" and _OWN_END.fullmatch(spec.target)}

    def specs(self) -> dict[str, TaskSpec]:
        """By path, the specs of all steps that do not share a pod."""
        return {spec.name: spec for template in self._places.templates for spec in self._specs(template)}

    def _specs(self, template: str) -> Iterator[TaskSpec]:
        yield from filter(None, map(spec_of, self._places.tasks(template)))

    def _known(self, template: str, around: str, open_: frozenset[str]) -> Iterator[StepPath]:
        if template in open_:
            return
        for task in self._places.tasks(template):
            place = self._places.place(template, task, around)
            if place.role in (Role.END, Role.AGAIN, Role.PROGRAM):
                continue
            if place.role is Role.ITEM_TASK:
                yield StepPath(join(around, BODY), join(around, BODY), "item")
            if fused := fused_of(task):
                yield from (StepPath(path, path, kind) for path, kind in steps_of(fused))
            elif place.role in (Role.STEP, Role.ITEM_TASK):
                yield StepPath(place.path, place.path, self._kind(task))
            elif place.role is not Role.PART:
                yield StepPath(place.path, place.path, "item")
            yield from self._known(called(task), place.path, open_ | {template})

    def _kind(self, task: Task) -> str:
        name = called(task)
        if self._places.is_program(task):
            return "task"
        if inner := self._places.tasks(name):
            return composite(inner, name)
        return "stub" if "suspend" in self._places.templates.get(name, {}) else "task"

    def _dag(self, node_id: str) -> _Dag | None:
        """The DAG node of that id; None for what is no DAG of the templates."""
        if node_id not in self._dags:
            self._dags[node_id] = None
            self._dags[node_id] = self._find(node_id)
        return self._dags[node_id]

    def _find(self, node_id: str) -> _Dag | None:
        node = self._nodes.get(node_id)
        if node is None:
            return None
        if node_id == self._root:
            return _Dag(self._entry, "", "")
        if self._places.on_exit and node.get("name") == f"{self._root}.onExit":
            return _Dag(self._places.on_exit, "", "")
        around, task = self._called_by(node)
        if around is None or task is None:
            return None
        place = self._places.place(around.template, task, around.general)
        if place.role in (Role.END, Role.PROGRAM):  # what is in a template that is not ours is no step
            return None
        return _Dag(called(task), place.path, self._path(around, place, node))

    def _called_by(self, node: Node) -> tuple[_Dag | None, Task | None]:
        """The DAG that a node is in, and the task there that it was made for."""
        around = self._dag(str(node.get("boundaryID", "")))
        if around is None:
            return None, None
        name = str(node.get("displayName", ""))
        instance = _INSTANCE.fullmatch(name)
        name = instance["task"] if instance else name
        return around, next((task for task in self._places.tasks(around.template) if task["name"] == name), None)

    def _path(self, around: _Dag, place: Place, node: Node) -> str:
        """The path with the numbers of items and iterations."""
        match place.role:
            case Role.ITEM:
                instance = _INSTANCE.fullmatch(str(node.get("displayName", "")))
                return join(around.path, instance["number"] if instance else BODY)
            case Role.ITEM_TASK:
                instance = _INSTANCE.fullmatch(str(node.get("displayName", "")))
                name = place.path.removeprefix(join(around.general, BODY) + ".")
                return join(around.path, join(instance["number"] if instance else BODY, name))
            case Role.ITERATION:
                loop = self._nodes.get(str(node.get("boundaryID", "")), {})
                return join(around.path, inputs_of(loop).get(ITERATION) or "0")
            case Role.AGAIN | Role.PART | Role.END | Role.PROGRAM:
                return around.path
            case Role.STEP:
                relative = place.path.removeprefix(around.general).removeprefix(".")
                return join(around.path, relative)
