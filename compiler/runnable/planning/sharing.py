"""How many pods tasks take of which several share one: neighbours of a pipeline, and items of a Map."""

from __future__ import annotations

from dataclasses import field

from runnable.ir.nodes import BODY, FanOut, Fused, Program
from runnable.ir.walk import tasks
from runnable.planning.counts import Times
from runnable.planning.steps import Planned, PlannedSteps
from runnable_runtime.deferred import dataclass


@dataclass(frozen=True, slots=True)
class Sharing:
    """Of a compiled program: the paths of the tasks that run in the pods of `others`, and of those that are `batched`.

    A batched one runs for several items in each pod.
    """

    others: frozenset[str] = frozenset()
    batched: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, lowered: Program) -> Sharing:
        """That of a program that the target has lowered."""
        found = [task.action for _, task in tasks(lowered.graph) if isinstance(task.action, Fused)]
        members = [[one.task.name for one in action.members if not one.task.is_idle] for action in found]
        others = frozenset(name for names in members for name in names[1:])
        batched = frozenset(names[0] for names, action in zip(members, found, strict=True) if action.batch)
        return cls(others, batched)

    def pods(self, one: Planned, steps: PlannedSteps) -> Times:
        """How many pods a task takes, without further attempts."""
        if one.path in self.others:
            return Times(0, 0)
        if one.path not in self.batched:
            return one.runs
        around = steps.by_path[one.path.rpartition(f".{BODY}.")[0]]
        assert isinstance(around.node, FanOut)
        known = sum(map(len, around.lists))
        if one.runs == Times(known, known):
            pods = sum(-(-len(items) // around.node.in_pod) for items in around.lists)
            return Times(pods, pods)
        return Times(-(-one.runs.least // around.node.in_pod), one.runs.most)
