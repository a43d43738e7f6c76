"""What a workflow takes of a cluster: pods, sizes, requests, and what must be there."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypeGuard

from runnable.configuration.quantities import exact, is_quantity, quantity
from runnable.ir.nodes import FanOut, Node, Podless, Task
from runnable.planning.counts import NEVER, Times
from runnable.planning.needs import needed
from runnable.planning.sharing import Sharing
from runnable.planning.steps import Planned, PlannedSteps
from runnable.planning.values import is_known
from runnable.planning.width import unknown_lists, widest
from runnable.targets.argo.result import Written
from runnable.targets.argo.room import MOST, items_text, own_state
from runnable.targets.kubernetes.pod_options import PodOptions
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

NO_SHARING = Sharing()


@dataclass(frozen=True, slots=True)
class Requests:
    """What the tasks' own containers ask for of one resource: in `total`, and `widest` at one time. Plain numbers."""

    total: Decimal
    widest: Decimal


@dataclass(frozen=True, slots=True)
class OnArgo:
    """What a workflow takes of a cluster.

    `pods` without further attempts; at most `widest_pods` at one time, and more by the items of the lists of
    `unknown_lists`. `status` is what the workflow takes of the `limit` bytes that it may have, at least: what tasks
    return is not known. `late` are the steps of which a request is known only when they start.
    """

    kind: str
    name: str
    namespace: str
    pods: Times
    widest_pods: int
    unknown_lists: tuple[str, ...]
    objects: int
    manifest: int
    status: int
    requests: Mapping[str, Requests]
    late: tuple[str, ...]
    retries: Mapping[str, int]
    needs: Mapping[str, list[str]]
    stores: Mapping[str, str]
    parallelism: int | None
    limit: int = MOST

    def to_json(self) -> dict[str, Json]:
        """As JSON; quantities are plain numbers, as text."""
        return {
            "kind": self.kind,
            "name": self.name,
            "namespace": self.namespace or None,
            "pods": self.pods.to_json(),
            "widest_pods": self.widest_pods,
            "unknown_lists": list(self.unknown_lists),
            "parallelism": self.parallelism,
            "retries": dict(self.retries),
            "manifest": {"objects": self.objects, "bytes": self.manifest},
            "status": {"least_bytes": self.status, "limit_bytes": self.limit},
            "requests": {
                name: {"total": _number(one.total), "widest": _number(one.widest)}
                for name, one in self.requests.items()
            },
            "requests_known_late": list(self.late),
            "needs": {kind: list(names) for kind, names in self.needs.items()},
            "stores": dict(self.stores),
        }


def on_argo(steps: PlannedSteps, found: Written) -> OnArgo:
    """What a workflow takes that runs `steps`, of the program that was compiled."""
    with exact():
        return _on_argo(steps, found)


def _on_argo(steps: PlannedSteps, found: Written) -> OnArgo:
    settings = found.settings
    sharing = Sharing.of(found.program)
    own = [one for one in steps.tasks() if one.path not in sharing.others]
    options = {one.path: settings.pod_options(one.node) for one in own if _has_pod(one.node)}
    looked_up = settings.cache.keys if settings.cache else {}
    most = settings.parallelism
    wide = int(widest(steps, lambda path, task: Decimal(path in options)))
    stores = {"catalog": settings.store.settings.url} if settings.store else {}
    stores |= {"run log": settings.run_log.settings.url} if settings.run_log else {}
    return OnArgo(
        kind=settings.kind,
        name=settings.name,
        namespace=settings.namespace or "",
        pods=pods_of(steps, sharing),
        widest_pods=wide if most is None else min(wide, most),
        unknown_lists=unknown_lists(steps),
        objects=len(found.objects),
        manifest=len(found.text.encode()),
        status=found.workflow_size() + sum(_state(one, steps, sharing, looked_up) for one in steps.by_path.values()),
        requests=_requests(steps, options, most, sharing),
        late=tuple(path for path, one in options.items() if one.amounts),
        retries={path: one.retry.limit for path, one in options.items() if one.retry.limit},
        needs=needed(list(found.objects)),
        stores=stores,
        parallelism=most,
    )


def pods_of(steps: PlannedSteps, sharing: Sharing = NO_SHARING) -> Times:
    """How many pods run, without further attempts: one for each task, and one for what makes a workflow fail.

    Tasks that share a pod take one together.
    """
    ends = (one.failing for one in steps.by_path.values())
    return sum((sharing.pods(one, steps) for one in steps.tasks() if _has_pod(one.node)), sum(ends, NEVER))


def _has_pod(node: Node) -> TypeGuard[Task]:
    return isinstance(node, Task) and not isinstance(node.action, Podless)


def _state(one: Planned, steps: PlannedSteps, sharing: Sharing, looked_up: Container[str]) -> int:
    """Bytes that the nodes of a workflow take of which it is known that they run."""
    node = one.node
    if isinstance(node, Task) and node.options.cache and one.path not in looked_up:
        node = replace(node, options=replace(node.options, cache=False))
    least = one.times.least - one.taken.least
    if one.path in sharing.others or one.path in sharing.batched:
        least = sharing.pods(one, steps).least
    lists = one.lists if isinstance(one.node, FanOut) else []
    texts = sum(items_text(one.node, items) for items in lists if isinstance(one.node, FanOut) and is_known(items))
    return least * own_state(node) + texts if one.path else own_state(node)


def _requests(
    steps: PlannedSteps, options: Mapping[str, PodOptions], most: int | None, sharing: Sharing
) -> dict[str, Requests]:
    asked = {path: _asked(one) for path, one in options.items()}
    names = dict.fromkeys(name for one in asked.values() for name in one)
    found: dict[str, Requests] = {}
    for name in names:
        each = {path: one[name] for path, one in asked.items() if name in one}
        total = sum((each[path] * sharing.pods(steps.by_path[path], steps).least for path in each), Decimal(0))
        wide = widest(steps, lambda path, task, each=each: each.get(path, Decimal(0)))  # type: ignore[misc]
        if most is not None:
            wide = min(wide, most * max(each.values()))
        found[name] = Requests(total, wide)
    return found


def _asked(one: PodOptions) -> dict[str, Decimal]:
    """What a pod asks for; a limit stands for a request that is not given, as Kubernetes has it."""
    texts = {**dict(one.limits), **dict(one.requests)}
    return {name: quantity(text) for name, text in texts.items() if is_quantity(text)}


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"
