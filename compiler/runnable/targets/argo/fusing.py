"""Which tasks share a pod, and what such a pod is told: `passes.lowering.fuse` for this target.

A pod has one image, one service account, one place in the cluster: tasks that differ in any of that have their own.
What is a task's alone stays so: its secrets, its attempts, its timeout.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import fields, replace
from itertools import pairwise

from runnable.diagnostics.codes.fusing import NotBatched, NothingFused
from runnable.diagnostics.errors import DefinitionError
from runnable.ir.nodes import ContainerRun, FanOut, Fused, Podless, Program, Task
from runnable.ir.walk import walk
from runnable.passes.analysis.dataflow import analyze
from runnable.passes.lowering.fuse import COMPOSITE, Alone, can_be_batched, left_alone, lower_fuse, wants_fusing
from runnable.passes.lowering.paths import lower_paths
from runnable.targets.argo.settings import Settings
from runnable.targets.kubernetes.pod_options import PodOptions, Retry
from runnable_runtime.fused.spec import FusedSpec, Member, Pause
from runnable_runtime.protocol import TaskSpec

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_RETRIED = ("Always", "OnFailure", "OnTransientError")
"""The policies under which a task that fails is repeated; `OnError` is about pods that cannot run."""


def fuse(program: Program, settings: Settings) -> Program:
    """`program` with names that are paths, and with those tasks fused that are to be and can be."""
    named = lower_paths(program)
    if not wants_fusing(named):
        return named
    pods = _pods(settings)
    fused = lower_fuse(named, analyze(program).needs, pods)
    if not settings.finished and (cannot := list(_not_batched(fused, pods))):
        raise DefinitionError(cannot)
    return fused


def _not_batched(program: Program, pods: Callable[[Task], Hashable | Alone]) -> Iterator[NotBatched]:
    """A diagnostic for each Map of which items are to share pods, and cannot."""
    for _, node in walk(program.graph):
        if isinstance(node, FanOut) and node.batch and not can_be_batched(node, pods):
            found = [(one.name, pods(one) if isinstance(one, Task) else COMPOSITE) for one in node.body.nodes]
            yield NotBatched(span=node.span, name=node.name, reason=_reason(found))


def check_fusing(program: Program, settings: Settings) -> Iterator[NothingFused]:
    """A warning for each pipeline of which nothing can be fused, though it is to be."""
    if settings.keys.fuse or not wants_fusing(program):  # with `fuse: auto` nobody has asked for this pipeline's
        return
    named = lower_paths(program)
    batched = [node.body for _, node in walk(named.graph) if isinstance(node, FanOut) and node.batch]
    for graph, found in left_alone(named, _pods(settings)):
        if any(graph is body for body in batched):
            continue
        yield NothingFused(span=graph.span, name=graph.name, reason=_reason(found))


def shared_pod(options: Sequence[PodOptions]) -> PodOptions:
    """The pod that tasks with these options share. It is repeated if it dies, as often as any of them may be."""
    secrets = {one.variable: one for option in options for one in option.secrets}
    retry = max((option.retry for option in options), key=lambda retry: retry.limit)
    return replace(options[0], timeout=None, retry=retry, secrets=tuple(secrets[name] for name in sorted(secrets)))


def fused_spec(
    name: str,
    action: Fused,
    specs: Sequence[TaskSpec],
    options: Sequence[PodOptions],
    keep: Sequence[str],
    *,
    reports: bool = False,
) -> FusedSpec:
    """What the pod of several tasks is told: `keep` are the names that something outside reads."""
    members = [
        Member(
            spec,
            member.needs,
            attempts=1 + (option.retry.limit if option.retry.policy in _RETRIED else 0),
            timeout=option.timeout or 0,
            pause=_pause(option.retry),
        )
        for member, spec, option in zip(action.members, specs, options, strict=True)
    ]
    returned = {one.name for member in action.members for one in member.task.returns}
    kept = tuple(one for one in keep if one in returned)
    several = action.batch or bool(action.order)
    locked = several and any(has_locks(option) for option in options)
    return FusedSpec(name, tuple(members), kept, action.batch, reports, action.order, locked)


def has_locks(pod: PodOptions) -> bool:
    """Whether a pod holds a mutex, or a place of a semaphore: what runs in it may not do so at the same time."""
    return pod.mutex is not None or bool(pod.semaphore)


def _pods(settings: Settings) -> Callable[[Task], Hashable | Alone]:
    """What a task's pod has to be like, by which others may share it, or why it has one of its own."""
    finished = settings.finished.nodes if settings.finished else {}

    def pod(task: Task) -> Hashable | Alone:
        options = settings.pod_options(task)
        if reason := _own_pod(task, options):
            return Alone(reason)
        if task.name in finished:
            return Alone("it has finished, at least in part")
        return _shared(options)

    return pod


def _own_pod(task: Task, options: PodOptions) -> str:
    """Why a task has a pod of its own; empty if it may share one."""
    if isinstance(task.action, ContainerRun):
        return "it runs an image that has no runtime"
    if task.is_idle or isinstance(task.action, Podless):
        return "it takes no pod"
    if task.image_from:
        return "a parameter names its image"
    if options.amounts:
        return "its resources are known only when it starts"
    if options.template:
        return "its template is its own"
    if task.options.cache:
        return "it is looked up in Argo's cache by itself"
    return ""


def _shared(options: PodOptions) -> PodOptions:
    """What of a task's options is about its pod, and not about the task."""
    return replace(options, timeout=None, retry=Retry(), secrets=())


def _reason(found: Sequence[tuple[str, Hashable | Alone]]) -> str:
    """Why nothing is fused of the steps with these pods."""
    if len(found) == 1:
        ((name, pod),) = found
        return f"{_last(name)!r} has its own pod, since {pod.reason}" if isinstance(pod, Alone) else "it has one step"
    reasons: dict[str, None] = {}
    for (one, pod), (other, another) in pairwise(found):
        own = [(name, of) for name, of in ((one, pod), (other, another)) if isinstance(of, Alone)]
        if own:
            reasons |= {f"{_last(name)!r} has its own pod, since {of.reason}": None for name, of in own}
        elif pod != another:
            differs = ", ".join(_different(pod, another))
            reasons[f"{_last(one)!r} and {_last(other)!r} differ in {differs}"] = None
    return "; ".join(list(reasons)[:_MOST]) or "no step is the only one after another"


_MOST = 3
"""Reasons that are named."""


def _different(one: Hashable, other: Hashable) -> list[str]:
    names = [field.name for field in fields(PodOptions)]
    return [name for name in names if getattr(one, name, None) != getattr(other, name, None)]


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _pause(retry: Retry) -> Pause:
    if retry.limit == 0 or not (retry.duration or retry.factor or retry.max_duration):
        return Pause()
    return Pause(_seconds(retry.duration), float(retry.factor or 1), _seconds(retry.max_duration))


def _seconds(text: str | None) -> float:
    """A duration of Argo's, such as "30s" or "5m"; a number alone is seconds. 0 for none."""
    if not text:
        return 0.0
    return float(text[:-1]) * _UNITS[text[-1]] if text[-1] in _UNITS else float(text)
