"""The pods of a simulated run: what each is for, and who is next in it. On this machine each is for one attempt."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import field

from runnable.execution.waiting import Job
from runnable.ir.nodes import Task
from runnable.ir.walk import join
from runnable.semantics.fan_out_run import FanOutRun
from runnable.semantics.frame import Frame, program_path
from runnable.simulation.sharing import Sharing, Unit
from runnable_runtime.deferred import dataclass


@dataclass(slots=True, eq=False)
class Pod:
    """A pod. `key` holds its locks. Those in `waiting` begin with it, one for each item; `running` of its tasks run.

    `unit` is what shares it, None for one task alone; `limit` is the path of the fan-out that limits such pods.
    `number` orders pods, `begun` is when it had its turn, `ready` when its container was there. `following` are tasks
    whose turn in it has come, since those before them have ended: they are stronger than items that wait.
    """

    key: str
    waiting: deque[Job]
    unit: Unit | None = None
    running: int = 0
    limit: str = ""
    number: int = -1
    begun: float = 0.0
    ready: float = 0.0
    following: deque[Job] = field(default_factory=deque)

    def task(self, job: Job) -> Task:
        """The task whose options the pod has: that of `job`, but where it is shared."""
        return (self.unit.first if self.unit else None) or job.task

    def take(self) -> list[Job]:
        """Those that begin now: as many run at one time as it has processors."""
        most, taken = self.unit.processors if self.unit else 1, []
        while self.running < most and (self.following or self.waiting):
            taken.append((self.following or self.waiting).popleft())
            self.running += 1
        return taken


class Pods:
    """Gives each task its pod. `limits`: how many pods of the fan-out at a path of the program may be there."""

    def __init__(self, sharing: Sharing, limits: Mapping[str, int]) -> None:
        self._sharing = sharing
        self._limits = limits
        self._shared: dict[tuple[str, Unit], Pod] = {}
        self._batches: dict[tuple[str, Unit, int], Pod] = {}
        self._there: Counter[str] = Counter()
        self._held: dict[str, deque[Pod]] = {}

    def admit(self, job: Job) -> Job | None:
        """A task is ready: the one that may queue for a pod, if any.

        One that is not the first of its unit follows in its pod, as `Pod.following`.
        """
        unit = self._unit(job)
        if unit is None:
            return job
        graph = _graph_of(job, unit)
        if (pod := self._shared.get((graph.path, unit))) is not None:
            pod.following.append(job)
            return None
        items = graph.parent
        if unit.batch is None or not isinstance(items, FanOutRun):
            self._shared[graph.path, unit] = Pod(job.path, deque([job]), unit)
            return job
        return self._admit_item(job, graph, unit, items)

    def of(self, job: Job) -> Pod:
        """The pod of a task that has queued for it."""
        unit = self._unit(job)
        return Pod(job.path, deque([job])) if unit is None else self._shared[_graph_of(job, unit).path, unit]

    def gone(self, pod: Pod) -> Job | None:
        """A pod has ended, or will not be: the task that may queue for one of the same fan-out now, if any."""
        if not pod.limit:
            return None
        if held := self._held.get(pod.limit):
            return held.popleft().waiting[0]
        self._there[pod.limit] -= 1
        return None

    def _unit(self, job: Job) -> Unit | None:
        if not self._sharing:
            return None
        return self._sharing.units.get(join(program_path(job.graph), job.task.name))

    def _admit_item(self, job: Job, graph: Frame, unit: Unit, items: FanOutRun) -> Job | None:
        batch = (items.path, unit, graph.position // (unit.batch or 1))
        pod = self._batches.get(batch)
        if pod is not None:  # all items of a fan-out are ready at one time, before any pod has begun
            pod.waiting.append(job)
            self._shared[graph.path, unit] = pod
            return None
        pod = self._batches[batch] = self._shared[graph.path, unit] = Pod(job.path, deque([job]), unit)
        most = self._limits.get(program_path(items))
        if most is None:
            return job
        pod.limit = items.path
        if self._there[pod.limit] >= most:
            self._held.setdefault(pod.limit, deque()).append(pod)
            return None
        self._there[pod.limit] += 1
        return job


def _graph_of(job: Job, unit: Unit) -> Frame:
    """The graph that a task's pod is a node of: its own, or one around the Parallel that it is in."""
    graph: Frame = job.graph
    while program_path(graph) != unit.around and graph.parent is not None:
        graph = graph.parent
    return graph
