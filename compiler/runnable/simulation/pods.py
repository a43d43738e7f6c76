"""The pods of a simulated run: what each is for, and who is next in it. On this machine each is for one attempt."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping

from runnable.execution.waiting import Job
from runnable.ir.walk import join
from runnable.semantics.fan_out_run import FanOutRun
from runnable.semantics.frame import program_path
from runnable.simulation.sharing import Sharing, Unit
from runnable_runtime.deferred import dataclass


@dataclass(slots=True, eq=False)
class Pod:
    """A pod. `key` holds its locks. `items` have not ended, of which those in `waiting` have not begun.

    `unit` is what shares it, None for one task alone; `limit` is the path of the fan-out that limits such pods.
    `number` orders pods, `begun` is when it had its turn, `ready` when its container was there. `following` is the task
    that is next in it, once the one before has ended.
    """

    key: str
    waiting: deque[Job]
    unit: Unit | None = None
    items: int = 1
    limit: str = ""
    number: int = -1
    begun: float = 0.0
    ready: float = 0.0
    following: Job | None = None

    def take(self) -> list[Job]:
        """Those that begin with it: as many items as it has processors."""
        most = self.unit.processors if self.unit else 1
        return [self.waiting.popleft() for _ in range(min(most, len(self.waiting)))]


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
        if unit.members[0].rpartition(".")[2] != job.task.name:
            self._shared[job.graph.path, unit].following = job
            return None
        items = job.graph.parent
        if unit.batch is None or not isinstance(items, FanOutRun):
            self._shared[job.graph.path, unit] = Pod(job.path, deque([job]), unit)
            return job
        return self._admit_item(job, unit, items, unit.batch)

    def of(self, job: Job) -> Pod:
        """The pod of a task that has queued for it."""
        unit = self._unit(job)
        return Pod(job.path, deque([job])) if unit is None else self._shared[job.graph.path, unit]

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

    def _admit_item(self, job: Job, unit: Unit, items: FanOutRun, size: int) -> Job | None:
        batch = (items.path, unit, job.graph.position // size)
        pod = self._batches.get(batch)
        if pod is not None:  # all items of a fan-out are ready at one time, before any pod has begun
            pod.waiting.append(job)
            pod.items += 1
            self._shared[job.graph.path, unit] = pod
            return None
        pod = self._batches[batch] = self._shared[job.graph.path, unit] = Pod(job.path, deque([job]), unit)
        most = self._limits.get(program_path(items))
        if most is None:
            return job
        pod.limit = items.path
        if self._there[pod.limit] >= most:
            self._held.setdefault(pod.limit, deque()).append(pod)
            return None
        self._there[pod.limit] += 1
        return job
