"""Which steps with `cache=True` are looked up in Argo's cache, under which key, and why others are not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from runnable.diagnostics.codes.caching import NotCachedOnArgo
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.wording import listed
from runnable.ir.at_exit import joined_program
from runnable.ir.nodes import FanOut, Graph, Node, NotebookRun, OfOthers, Program, Task
from runnable.ir.task_spec import pod_spec
from runnable.ir.walk import join, replace_nodes, tasks, walk
from runnable.targets.argo.cached import StepCache
from runnable.targets.argo.settings import Settings
from runnable.targets.argo.template_fragment import template_fields
from runnable.targets.kubernetes.checks import image_moves
from runnable.targets.kubernetes.names import slug
from runnable.targets.kubernetes.pod_options import PodOptions
from runnable.targets.target import ignored_options
from runnable_runtime.code.hashing import PACKAGE

if TYPE_CHECKING:
    from runnable.runs.code import Functions

_VERSION = 1
"""Of what goes into a digest: another one makes all keys others."""
_NAME, _DIGEST = 80, 32
"""Characters of a step's name, and of a digest, in a key. Kubernetes takes 253 in all."""
_IN_THE_STORE = ("object", "auto")


def step_cache(program: Program, functions: Functions, settings: Settings) -> StepCache | None:
    """The cache for the steps of `program`; None if the configuration names none, or no step asks for it."""
    keys = settings.keys.cache
    if keys is None or not any(task.options.cache for _, task in tasks(joined_program(program).graph)):
        return None
    asking = {path: task for path, task in tasks(program.graph) if task.options.cache}
    from runnable.runs.code import CodeBook, unknown_parts

    around = _around(program.graph)
    codes = CodeBook(program, functions)
    found: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for path, task in asking.items():
        pod = settings.pod_options(task)
        _, parts = codes.of(task)
        if reason := _reason(path, task, pod, unknown_parts(parts), around[path]):
            left_out[path] = reason
        else:
            digest = _digest([_VERSION, program.name, path, _code(parts), _how(task, path), _where(pod)])
            found[path] = f"{slug(path)[:_NAME].strip('-')}-{digest}"
    return StepCache(keys.config_map, f"{keys.max_age}s" if keys.max_age else "", found, left_out)


def with_cache(program: Program, cache: StepCache | None) -> Program:
    """`program` in which those tasks alone have `cache` that are looked up."""
    if not any(task.options.cache for _, task in tasks(joined_program(program).graph)):
        return program
    graph = _with_only(program.graph, cache.keys if cache else {})
    at_exit = None if program.at_exit is None else _with_only(program.at_exit, {})
    return replace(program, graph=graph, at_exit=at_exit)


def _with_only(graph: Graph, known: Mapping[str, str]) -> Graph:
    def changed(path: str, node: Node) -> Node | None:
        if not isinstance(node, Task) or not node.options.cache or path in known:
            return None
        return replace(node, options=replace(node.options, cache=False))

    return replace_nodes(graph, changed)


def check_cache(program: Program, cache: StepCache | None) -> Iterator[Diagnostic]:
    """A warning for each step with `cache=True` that always runs."""
    if cache is None:
        yield from ignored_options(joined_program(program), "Argo")
        return
    spans = {path: task.span for path, task in tasks(program.graph)}
    for path, reason in cache.left_out.items():
        yield NotCachedOnArgo(span=spans[path], step=path, reason=reason)
    if program.at_exit is not None:
        for path, task in tasks(program.at_exit):
            if task.options.cache:
                yield NotCachedOnArgo(span=task.span, step=path, reason="it runs after the run")


def _around(graph: Graph) -> dict[str, tuple[FanOut, ...]]:
    """By the path of each node, the fan-outs that it is in."""
    fan_outs = {path: node for path, node in walk(graph) if isinstance(node, FanOut)}
    return {
        path: tuple(node for at, node in fan_outs.items() if path.startswith(join(at, node.body.name) + "."))
        for path, _ in walk(graph)
    }


def _reason(path: str, task: Task, pod: PodOptions, unknown: Sequence[str], around: Sequence[FanOut]) -> str:
    """Why the task at `path` always runs; empty if it is looked up."""
    if isinstance(task.action, OfOthers) or task.is_idle:
        return "no pod of ours runs it"
    found = (*_of_data(task), *_of_image(path, task, pod), *_of_map(around))
    if unknown:
        found = (*found, f"it uses what cannot be known beforehand, {listed(list(unknown))}")
    return next(iter(found), "")


def _of_data(task: Task) -> Iterator[str]:
    """What it takes or leaves beside what the controller sees."""
    if kept := [repr(one.name) for one in task.returns if one.kind in _IN_THE_STORE]:
        yield f"{listed(kept)} can be an object, which belongs to the run that stored it"
    if files := [repr(name) for name in (*task.files.get, *task.files.put)]:
        yield f"{listed(files)} belongs to the catalog of one run"
    if task.options.secrets:
        yield "it has secrets, whose values are no part of a key, and may be part of what it returns"


def _of_image(path: str, task: Task, pod: PodOptions) -> Iterator[str]:
    """What of its pod is not known beforehand, or is the user's own."""
    if task.image_from:
        yield f"the parameter {task.image_from!r} names its image"
    elif (moves := image_moves(path, task, replace(pod, pull_policy="IfNotPresent"))) is not None:
        yield f"the image {moves.image!r} has no version, so that it may be another one"
    if "memoize" in template_fields(pod.template):
        yield "its `template` has a `memoize` of its own"


def _of_map(around: Sequence[FanOut]) -> Iterator[str]:
    """What the Maps around it do that needs a pod of its kind."""
    if any(node.failures for node in around):
        yield "its Map keeps what failed, for which each item says how its steps ended"
    if any(node.batch for node in around):
        yield "items of its Map share pods (batch)"


def _code(parts: Mapping[str, str]) -> dict[str, str]:
    """The parts of a task's code; without the packages that are installed here: those of the image count."""
    return {name: part for name, part in sorted(parts.items()) if not name.startswith(PACKAGE)}


def _how(task: Task, path: str) -> list[object]:
    """What is run, beside the code: what its spec says that does not change from run to run."""
    spec = pod_spec(replace(task, name=path))
    arguments = [[one.name, one.to_json()] for one in spec.arguments]
    returns = [one.encode() for one in spec.returns]
    notebook = isinstance(task.action, NotebookRun)
    return [spec.kind, spec.target, returns, arguments, list(spec.each), spec.stream_end, notebook]


def _where(pod: PodOptions) -> list[object]:
    """What the pod is that it runs in, as far as a task can see it."""
    secrets = [[one.variable, one.secret, one.key] for one in pod.secrets]
    return [pod.image, [list(pair) for pair in pod.env], secrets, pod.pod, pod.template]


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
