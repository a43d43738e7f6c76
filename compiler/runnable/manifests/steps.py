"""Reading the steps of a workflow's spec: what each runs, with what settings, after which steps, with whose results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from runnable.ir.others import http_request, written
from runnable.manifests.settings import flatten, merged
from runnable.targets.argo.expressions import CODE, INPUT, OVER, PROGRAM
from runnable.targets.argo.reading import expressions
from runnable.targets.argo.reading.roles import (
    Places,
    Role,
    Task,
    Template,
    called,
    composite,
    ends,
    fused_of,
    spec_of,
    steps_of,
)
from runnable_runtime.deferred import dataclass
from runnable_runtime.fused.spec import FusedSpec, Member
from runnable_runtime.protocol import TaskSpec
from runnable_runtime.values.scalars import json_shown

Fields = dict[str, str]
"""What there is to say of a step, by the name that is shown: ``does``, ``runs after``, ``reads``, ``image``, …"""

_SHAPE = ("name", "inputs", "outputs")


def read_steps(spec: Mapping[str, Any], templates: Iterable[Template]) -> dict[str, Fields]:
    """The steps of the workflow `spec` by path, in its order. `templates` are its own and those that it refers to."""
    on_exit = str(spec.get("onExit") or "")
    reader = _Reader(Places(templates, on_exit), spec.get("templateDefaults") or {})
    reader.dag(str(spec.get("entrypoint")), "", ())
    if on_exit:
        reader.dag(on_exit, "", ("the whole run",))
    return reader.steps


@dataclass(frozen=True, slots=True)
class _Scope:
    """A DAG's tasks: the paths of their steps by their names; those of a part are the last one's in it."""

    paths: dict[str, tuple[str, ...]]

    def of(self, task: str) -> tuple[str, ...]:
        return self.paths.get(task, (task,))


class _Reader:
    def __init__(self, places: Places, defaults: Mapping[str, Any]) -> None:
        self._places = places
        self._defaults = defaults
        self._open: list[str] = []
        self.steps: dict[str, Fields] = {}

    def dag(self, template: str, path: str, after: tuple[str, ...]) -> tuple[str, ...]:
        """Read the steps of a template, which are in the step at `path`. Returns the paths of the last ones.

        `after`: what the first ones wait for beyond the step that they are in.
        """
        tasks = self._places.tasks(template)
        if template in self._open:  # templates that call each other, as we do not write them
            return (path,)
        if not tasks and template in self._places.templates:
            self._put(path or template, self._leaf(template, {}))
            return (path or template,)
        scope = _Scope({})
        self._open.append(template)
        for task in tasks:
            scope.paths[task["name"]] = self._task(task, template, path, self._before(task, scope, after), scope)
        self._open.pop()
        return tuple(path for name in ends(tasks) for path in scope.of(name))

    def _task(self, task: Task, template: str, around: str, after: tuple[str, ...], scope: _Scope) -> tuple[str, ...]:
        place = self._places.place(template, task, around)
        name = called(task)
        if "withParam" in task:
            self._put(around, self._repeats(task))
        match place.role:
            case Role.END | Role.PROGRAM:
                return ()
            case Role.AGAIN:
                self._put(around, {"repeats": expressions.loop(task)})
            case Role.ITEM | Role.ITERATION:
                self.dag(name, place.path, ())
            case _ if fused := fused_of(task):
                return self._fused(fused, task, around, after, scope)
            case Role.ITEM_TASK:
                self._put(place.path, self._own(name, task) | self._wiring(task, (), scope))
            case Role.PART:
                return self.dag(name, around, after)
            case Role.STEP:
                inner = [] if self._places.is_program(task) else self._places.tasks(name)
                fields = {"does": f"a {composite(inner, name)}"} if inner else self._own(name, task)
                self._put(place.path, fields | self._limit(name) | self._wiring(task, after, scope))
                if inner:
                    self.dag(name, place.path, ())
        return (place.path,)

    def _fused(
        self, fused: FusedSpec, task: Task, around: str, after: tuple[str, ...], scope: _Scope
    ) -> tuple[str, ...]:
        """The steps of a pod that they share; what they are given from outside is shown with the first one."""
        wiring = self._wiring(task, () if "withParam" in task else after, scope)
        paths = [member.spec.name for member in fused.members]
        for path, kind in steps_of(fused):
            self._put(path, {"does": f"a {kind}"} if kind in ("parallel", "pipeline") else {})
        followed = fused.before()
        for number, member in enumerate(fused.members):
            before = ", ".join(paths[one] for one in followed[number])
            fields = {name: text for name, text in self._leaf(called(task), {}).items() if name != "does"}
            fields = _about(member.spec) | _attempts(member) | fields
            fields = {"does": "nothing (a stub)"} if member.spec.kind == "stub" else fields
            beside = ", ".join(path for path in paths if path != member.spec.name)
            shared = {"shares a pod with": beside} if beside else {}
            self._put(member.spec.name, fields | shared | ({"runs after": before} if before else wiring))
        last = {*range(len(paths))} - {one for before in followed.values() for one in before}
        return tuple(paths[one] for one in sorted(last))

    def _repeats(self, task: Task) -> Fields:
        """What a task that runs once for every item, or for several of them, says of its map."""
        items = {"items in a pod": items} if (items := expressions.batch(task)) else {}
        collects = {"if an item fails": "it is kept in a list"} if self._places.collects(called(task)) else {}
        return {"repeats": expressions.fan_out(task), **items, **collects}

    def _limit(self, template: str) -> Fields:
        whole = self._places.templates.get(template, {})
        limits = {"at the same time": str(whole["parallelism"])} if "parallelism" in whole else {}
        return limits | ({"after a failure": "begins no more"} if whole.get("failFast") else {})

    def _put(self, path: str, fields: Fields) -> None:
        self.steps[path] = {**self.steps.get(path, {}), **fields}

    def _before(self, task: Task, scope: _Scope, after: tuple[str, ...]) -> tuple[str, ...]:
        found = expressions.conditions(task.get("depends", ""))
        if not found:
            return after
        return tuple(path + outcome for name, outcome in found for path in scope.of(name))

    def _wiring(self, task: Task, after: tuple[str, ...], scope: _Scope) -> Fields:
        given = "\n".join(expressions.argument(task, name) for name in (INPUT, OVER))
        reads = [path + reduced for name, reduced in expressions.tasks_read(given) for path in scope.of(name)]
        reads += [f"the parameter {name}" for name in expressions.parameters_read(given)]
        reads += ["what surrounds it"] if expressions.reads_outer(given) else []
        fields = {"runs after": ", ".join(after), "reads": ", ".join(reads)}
        if when := task.get("when"):
            fields["runs if"] = expressions.choice(when)
        return {name: text for name, text in fields.items() if text}

    def _own(self, name: str, task: Task) -> Fields:
        """What a step runs, and how: the template `name`, or where that has a program, that of its pod."""
        if not self._places.is_program(task):
            return self._leaf(name, task)
        run = next(one for one in self._places.tasks(name) if one["name"] == PROGRAM)
        pod = called(run)
        spec = spec_of(task)
        if spec is not None and spec.kind == "approval":
            return self._approval(pod, spec)
        looked_up = self._cache(name, task)
        if spec is not None and spec.kind == "template":
            return self._theirs(run, spec, name)
        if spec is not None and spec.kind == "http":
            return {**self._leaf(pod, {}), **_of_request(spec)}
        if spec is None or spec.kind != "container":
            return self._leaf(pod, task) | looked_up
        outputs = (self._places.templates.get(pod, {}).get("outputs") or {}).get("parameters") or []
        files = ", ".join(f"{one['name']} from {one['valueFrom']['path']}" for one in outputs)
        return self._leaf(pod, task) | ({"returns": files} if files else {}) | looked_up

    def _cache(self, template: str, task: Task) -> Fields:
        """Of a step that is looked up in Argo's cache, where, and what is known of its key when it is compiled."""
        memoize = self._places.templates.get(template, {}).get("memoize")
        if not memoize:
            return {}
        age = f", for {memoize['maxAge']}" if memoize.get("maxAge") else ""
        where = (memoize.get("cache") or {}).get("configMap", {}).get("name", "")
        return {"cache": f"the ConfigMap {where}{age}", "code, image and environment": _digest_of(task)}

    def _approval(self, node: str, spec: TaskSpec) -> Fields:
        """A step that waits for a person, at the node of that template."""
        fields = {"does": f"waits for approval: {spec.target}" if spec.target else "waits for approval"}
        deadline = (self._places.templates.get(node, {}).get("suspend") or {}).get("duration")
        fields |= {"deadline": deadline} if deadline else {}
        answers = ", ".join(f"{one.name}: {json_shown(one.value)}" for one in spec.arguments)
        return fields | ({"answers": answers} if answers else {})

    def _theirs(self, run: Task, spec: TaskSpec, name: str) -> Fields:
        """A step that calls a template which is not ours, by the task `run` of the template `name`."""
        reference = run.get("templateRef") or {}
        kind = "ClusterWorkflowTemplate" if reference.get("clusterScope") else "WorkflowTemplate"
        fields = {"does": f"calls {called(run)} of the {kind} {reference.get('name')}"}
        given = [(one["name"], one.get("value", "")) for one in (run.get("arguments") or {}).get("parameters") or []]
        fields |= {"arguments": ", ".join(f"{n}={expressions.shown_text(v)}" for n, v in given)} if given else {}
        outputs = (self._places.templates.get(name, {}).get("outputs") or {}).get("parameters") or []
        text = "".join((one.get("valueFrom") or {}).get("expression", "") for one in outputs)
        left = ", ".join(f"{own} from {theirs}" for own, theirs in expressions.left_by_others(text))
        return fields | ({"returns": left} if spec.returns else {})

    def _leaf(self, name: str, task: Task) -> Fields:
        """A template that is no DAG, with what it takes from the workflow's `templateDefaults`."""
        template = self._places.templates.get(name, {})
        if "suspend" in template:
            return {"does": "nothing (a stub)"}
        spec = spec_of(task)
        fields = _about(spec) if spec else {"does": f"the template {name}"}
        whole = merged(self._defaults, template)
        run = {key: value for key, value in whole.items() if key not in _SHAPE}
        if kept := (template.get("outputs") or {}).get("artifacts"):
            fields |= {"artifacts": ", ".join(one["name"] for one in kept)}
        return fields | {key.removeprefix("container."): text for key, text in flatten(run)}


def _digest_of(task: Task) -> str:
    return str(expressions.argument(task, CODE)).rpartition("-")[2]


def _about(spec: TaskSpec) -> Fields:
    """What a task's spec says."""
    fields = {"does": f"{spec.kind} {spec.target}"}
    if spec.returns:
        fields["returns"] = ", ".join(r.encode() for r in spec.returns)
    if spec.arguments:
        fields["arguments"] = ", ".join(
            f"{one.name}={one.parameter or json_shown(one.value)}" for one in spec.arguments
        )
    if spec.lookup is not None:
        age = f", for {spec.lookup.max_age}s" if spec.lookup.max_age else ""
        fields |= {"cache": f"the store{age}", "code, image and environment": spec.lookup.digest}
    return fields


def _of_request(spec: TaskSpec) -> Fields:
    """What a request says of itself: its values are in its spec as parameters."""
    request = http_request(spec.target)
    fields = {"does": f"{request.method} {written(request.url)}"}
    fields |= {f"http.headers.{name}.value": written(pieces) for name, pieces in request.headers}
    fields |= {"http.body": written(request.body)} if request.body else {}
    fields["http.url"] = written(request.url)
    return fields | ({"returns": ", ".join(r.encode() for r in spec.returns)} if spec.returns else {})


def _attempts(member: Member) -> Fields:
    """What a task that shares its pod may do by itself."""
    found = {"attempts": str(member.attempts)} if member.attempts > 1 else {}
    return found | ({"timeout": f"{member.timeout} s"} if member.timeout else {})
