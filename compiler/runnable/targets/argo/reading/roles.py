"""Which step a task of a DAG template stands for.

A task that runs in a pod has the step's path in its spec. The others stand for composites and stubs: their paths are
found from the tasks inside of them, or made of the task's own name. And some stand for no step of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import Any

from runnable.ir.at_exit import REPORT, TOLD
from runnable.ir.nodes import BODY
from runnable.ir.walk import join
from runnable.targets.argo.expressions import PROGRAM, SPEC
from runnable.targets.argo.names import ANSWERED, GO_ON, KEPT, RECORDED, TEXTS
from runnable.targets.argo.reading import expressions
from runnable.targets.kubernetes.names import slug
from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.fused.spec import FusedSpec, Order
from runnable_runtime.protocol import SpecError, TaskSpec

Task = Mapping[str, Any]
Template = Mapping[str, Any]

_PART = pattern(rf"part-\d+|{GO_ON}")
_END = pattern(r"(?:success|end)(?:-\d+)?")
_KEPT = pattern(rf"{KEPT}(?:-\d+)?")
_ITEMS = "items"
_AT_EXIT = (slug(TOLD), slug(REPORT), "end")
"""The tasks of what runs after a workflow that are none of its steps."""


class Role(Enum):
    """What a task is in its DAG."""

    STEP = auto()
    """A step of the user's: a task, or a composite."""
    ITEM = auto()
    """The body of a map, once for each item."""
    ITEM_TASK = auto()
    """The only task in the body of a map, once for each item."""
    ITERATION = auto()
    """The body of a loop."""
    AGAIN = auto()
    """The rest of the loop that its DAG is an iteration of."""
    PART = auto()
    """Some steps of a long chain, or the items of a map that is then reduced: what is in it is in the step around."""
    PROGRAM = auto()
    """A node of the step that its DAG is: one with an image of its own, or that a parameter names; an approval."""
    END = auto()
    """What makes a DAG end as it is to; there is nothing in it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A task's role, and the path of its step. The body of a map or loop is called ``*``."""

    role: Role
    path: str


class Places:
    """Finds the places of tasks in a workflow's templates; `on_exit` is the one of what runs after it, if any does."""

    def __init__(self, templates: Iterable[Template], on_exit: str = "") -> None:
        self.templates = {template["name"]: template for template in templates}
        self.on_exit = on_exit
        """The template of what runs after the workflow; empty if nothing does."""
        self._exits = {on_exit, *(called(task) for task in self.tasks(on_exit) if _PART.fullmatch(task["name"]))} - {""}
        self._steps: dict[str, tuple[str, ...]] = {}

    def tasks(self, template: str) -> list[Task]:
        """The tasks of a template; none if it is no DAG."""
        found: list[Task] = (self.templates.get(template, {}).get("dag") or {}).get("tasks") or []
        return found

    def place(self, template: str, task: Task, around: str) -> Place:
        """The place of a task of `template`, which is in the step at the path `around`."""
        name = called(task)
        if task["name"] == RECORDED and "suspend" in self.templates.get(name, {}):
            return Place(Role.END, around)
        if template in self._exits and task["name"] in _AT_EXIT:
            return Place(Role.END, around)
        if self._is_of_a_step(template) and (task["name"] == TEXTS or self._is_theirs(task)):
            return Place(Role.END if task["name"] == TEXTS else Role.PROGRAM, around)
        if name == template:
            return Place(Role.AGAIN, around)
        if spec_of(task) is None and self._is_pod(task["name"], self.templates.get(name, {})):
            return Place(Role.PROGRAM, around)
        if "withParam" in task or self.is_batch(template):
            return self._place_of_items(task, around)
        if any(called(sibling) == template for sibling in self.tasks(template)):
            return Place(Role.ITERATION, join(around, BODY))
        if self._is_end(template, task):
            return Place(Role.END, around)
        path = self._path(task, around)
        if path == join(around, task["name"]) and self._is_part(task):
            return Place(Role.PART, around)
        return Place(Role.STEP, path)

    def _place_of_items(self, task: Task, around: str) -> Place:
        """The place of a task that runs once for every item, or for several; or of one in the DAG of several."""
        name, item = called(task), join(around, BODY)
        if self._is_kept(task):
            return Place(Role.END, around)
        if self.is_batch(name):
            return Place(Role.PART, around)
        if self.is_program(task) or not self.tasks(name):
            return Place(Role.ITEM_TASK, self._path(task, item))
        return Place(Role.ITEM, item)

    @staticmethod
    def _is_pod(task: str, template: Template) -> bool:
        """Whether it is the node in the DAG of a step: its pod, or what waits for a person, and what comes of that."""
        waits = "suspend" in template
        runs = waits or "container" in template or "http" in template
        return (task == PROGRAM and runs) or (task == ANSWERED and waits)

    @staticmethod
    def _is_theirs(task: Task) -> bool:
        """Whether it calls a template that is not ours, in the DAG of the step that does."""
        return task["name"] == PROGRAM and "templateRef" in task

    def _is_of_a_step(self, template: str) -> bool:
        """Whether a DAG is that of one step: it is given a spec."""
        given = (self.templates.get(template, {}).get("inputs") or {}).get("parameters") or []
        return any(one["name"] == SPEC for one in given)

    def is_program(self, task: Task) -> bool:
        """Whether a task is a step whose pod is in a DAG of its own: its image is its own, or a parameter names it."""
        return spec_of(task) is not None and bool(self.tasks(called(task)))

    def _is_part(self, task: Task) -> bool:
        inner = self.tasks(called(task))
        items = task["name"] == _ITEMS and len(inner) == 1 and "withParam" in inner[0]
        return items or (bool(inner) and _PART.fullmatch(task["name"]) is not None)

    def is_batch(self, template: str) -> bool:
        """Whether a template is the DAG around a pod that is for several items of a map that keeps what succeeded."""
        return any(fused is not None and fused.batch for fused in map(fused_of, self.tasks(template)))

    def collects(self, template: str) -> bool:
        """Whether a template is the body of a map that keeps what succeeded: it succeeds however its steps end."""
        return any(map(self._is_kept, self.tasks(template)))

    def _is_kept(self, task: Task) -> bool:
        is_stub = "suspend" in self.templates.get(called(task), {})
        return is_stub and _KEPT.fullmatch(task["name"]) is not None and ".Omitted" in task.get("depends", "")

    def _is_end(self, template: str, task: Task) -> bool:
        if self._is_kept(task):
            return True
        if not _END.fullmatch(task["name"]) or "suspend" not in self.templates.get(called(task), {}):
            return False
        tasks = [one for one in self.tasks(template) if not self._is_kept(one)]
        return expressions.handles_failures(tasks) and task in tasks[-3:]

    def _path(self, task: Task, around: str) -> str:
        own = spec_of(task) or fused_of(task)
        if own is not None:
            return own.name
        for name in self._inside(called(task), frozenset()):
            if around and not name.startswith(around + "."):
                continue
            relative = name[len(around) + 1 :].split(".") if around else name.split(".")
            for length in range(1, len(relative)):
                candidate = ".".join(relative[:length])
                if slug(candidate) in (task["name"], re.sub(r"-\d+$", "", task["name"])):
                    return join(around, candidate)
        return join(around, task["name"])

    def _inside(self, template: str, seen: frozenset[str]) -> tuple[str, ...]:
        """The paths of the steps that a template runs in pods, however deep."""
        if template not in self._steps and template not in seen:
            found: dict[str, None] = {}
            for task in self.tasks(template):
                own = [spec.name for spec in specs_of(task)]
                found |= dict.fromkeys(own or self._inside(called(task), seen | {template}))
            self._steps[template] = tuple(found)
        return self._steps.get(template, ())


def called(task: Task) -> str:
    """The name of the template that a task calls, in whichever object it is."""
    return str(task.get("template") or (task.get("templateRef") or {}).get("template", ""))


def spec_of(task: Task) -> TaskSpec | None:
    """The spec that a task is called with, if it has one."""
    try:
        return TaskSpec.from_json(expressions.argument(task, SPEC))
    except SpecError:
        return None


def fused_of(task: Task) -> FusedSpec | None:
    """What a pod is told that several tasks share; None for any other."""
    try:
        return FusedSpec.from_json(expressions.argument(task, SPEC))
    except SpecError:
        return None


def specs_of(task: Task) -> tuple[TaskSpec, ...]:
    """The specs of the steps that a task's pod runs, in their order."""
    if (own := spec_of(task)) is not None:
        return (own,)
    fused = fused_of(task)
    return tuple(member.spec for member in fused.members) if fused else ()


def steps_of(fused: FusedSpec) -> list[tuple[str, str]]:
    """The paths of the steps that a pod runs, with their kinds: its tasks, and before them the Parallels they are in.

    A branch of one task has no step of its own, as everywhere.
    """
    found: dict[str, str] = {}

    def note(rows: Order, around: int) -> None:
        for one in rows:
            if isinstance(one, int):
                spec = fused.members[one].spec
                found[spec.name] = "stub" if spec.kind == "stub" else "task"
                continue
            for branch in one.branches:
                parts = fused.members[_first(branch)].spec.name.split(".")
                found[".".join(parts[: around + 1])] = "parallel"
                if branch != (_first(branch),):
                    found[".".join(parts[: around + 2])] = "pipeline"
                note(branch, around + 2)

    note(fused.rows, fused.name.count("."))
    return list(found.items())


def _first(rows: Order) -> int:
    """The position of the first task."""
    one = rows[0]
    return one if isinstance(one, int) else _first(one.branches[0])


def composite(tasks: list[Task], template: str) -> str:
    """What a DAG's tasks make of it, in a word."""
    if any("withParam" in task or task["name"] == _ITEMS for task in tasks):
        return "map"
    if any(called(task) == template for task in tasks):
        return "loop"
    if all("when" in task for task in tasks):
        return "conditional"
    if len(tasks) > 1 and not any("depends" in task for task in tasks):
        return "parallel"
    return "pipeline"


def ends(tasks: list[Task]) -> Iterator[str]:
    """The tasks that no other waits for."""
    followed = {name for task in tasks for name, _ in expressions.conditions(task.get("depends", ""))}
    yield from (task["name"] for task in tasks if task["name"] not in followed)
