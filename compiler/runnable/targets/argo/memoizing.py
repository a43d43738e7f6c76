"""Which steps with `cache=True` are looked up, by the controller or their pods, and under which key; why others run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.diagnostics.codes.caching import NotCachedOnArgo
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.wording import listed
from runnable.ir.at_exit import joined_program
from runnable.ir.nodes import ContainerRun, FanOut, Graph, Node, NotebookRun, OfOthers, Program, Task
from runnable.ir.task_spec import pod_spec, task_spec
from runnable.ir.walk import join, replace_nodes, tasks, walk
from runnable.passes.analysis.deciding import deciding_names
from runnable.targets.argo.cached import StepCache
from runnable.targets.argo.settings import Settings
from runnable.targets.argo.template_fragment import template_fields
from runnable.targets.kubernetes.checks import image_moves
from runnable.targets.kubernetes.names import slug
from runnable.targets.kubernetes.pod_options import PodOptions
from runnable.targets.target import ignored_options
from runnable_runtime.code.hashing import PACKAGE
from runnable_runtime.digests import sha256_hex
from runnable_runtime.protocol import Lookup

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
    deciding = deciding_names(program)
    found: dict[str, str] = {}
    stored: dict[str, Lookup] = {}
    left_out: dict[str, str] = {}
    for path, task in asking.items():
        pod = settings.pod_options(task)
        _, parts = codes.of(task)
        known = [_VERSION, program.name, path, _code(parts), _how(task, path), _where(pod)]
        unseen = next(_unseen(task, around[path]), "")
        if reason := next(_unknown(path, task, pod, unknown_parts(parts)), ""):
            left_out[path] = reason
        elif not unseen:
            found[path] = f"{slug(path)[:_NAME].strip('-')}-{_digest(known)}"
        elif settings.store is not None and not isinstance(task.action, ContainerRun):
            stored[path] = Lookup(_digest([*known, _stored(task, deciding)]), keys.max_age or 0)
        else:
            left_out[path] = unseen
    return StepCache(keys.config_map, f"{keys.max_age}s" if keys.max_age else "", found, stored, left_out)


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


def _unknown(path: str, task: Task, pod: PodOptions, unknown: Sequence[str]) -> Iterator[str]:
    """Why it cannot be known of the task at `path` that it would do the same again."""
    if isinstance(task.action, OfOthers) or task.is_idle:
        yield "no pod of ours runs it"
        return
    if task.options.secrets:
        yield "it has secrets, whose values are no part of a key, and may be part of what it returns"
    if task.files.put and not task.files.store_copy:
        yield "of the files that it puts there is no copy (store_copy=False)"
    yield from _of_image(path, task, pod)
    if unknown:
        yield f"it uses what cannot be known beforehand, {listed(list(unknown))}"


def _unseen(task: Task, around: Sequence[FanOut]) -> Iterator[str]:
    """What the task takes or leaves beside what the controller sees; its pod does."""
    if kept := [repr(one.name) for one in task.returns if one.kind in _IN_THE_STORE]:
        yield f"{listed(kept)} can be an object, which belongs to the run that stored it"
    if files := [repr(name) for name in (*task.files.get, *task.files.put)]:
        yield f"{listed(files)} belongs to the catalog of one run"
    if any(node.failures for node in around):
        yield "its Map keeps what failed, for which each item says how its steps ended"
    if any(node.batch for node in around):
        yield "items of its Map share pods (batch)"


def _of_image(path: str, task: Task, pod: PodOptions) -> Iterator[str]:
    """What of its pod is not known beforehand, or is the user's own."""
    if task.image_from:
        yield f"the parameter {task.image_from!r} names its image"
    elif (moves := image_moves(path, task, replace(pod, pull_policy="IfNotPresent"))) is not None:
        yield f"the image {moves.image!r} has no version, so that it may be another one"
    if "memoize" in template_fields(pod.template):
        yield "its `template` has a `memoize` of its own"


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


def _stored(task: Task, deciding: frozenset[str]) -> list[object]:
    """What else counts of a task that has files or objects: which, and which values are never in the store."""
    spec = task_spec(task, task.name, deciding=deciding)
    return [list(spec.get), list(spec.put), list(spec.inline)]


def _where(pod: PodOptions) -> list[object]:
    """What the pod is that it runs in, as far as a task can see it."""
    secrets = [[one.variable, one.secret, one.key] for one in pod.secrets]
    return [pod.image, [list(pair) for pair in pod.env], secrets, pod.pod, pod.template]


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return sha256_hex(text)[:_DIGEST]
