"""How much of a program runs at one time, at most: pods, and what they ask for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise

from runnable.ir.nodes import BODY, FanOut, Graph, Loop, Node, Switch, Task
from runnable.ir.order import is_line
from runnable.ir.walk import join
from runnable.planning.steps import PlannedSteps

Weight = Callable[[str, Task], Decimal]
"""How much a task at a path in the program asks for."""


def widest(steps: PlannedSteps, weight: Weight) -> Decimal:
    """The most that tasks ask for at one time. Of a list whose length is unknown, one item counts."""
    return _Width(steps, weight).of(steps.root.node, "")


def unknown_lists(steps: PlannedSteps) -> tuple[str, ...]:
    """The paths of the fan-outs that run as many items at one time as there are, which is not known."""
    return tuple(
        path
        for path, one in steps.by_path.items()
        if isinstance(one.node, FanOut) and one.widest is None and one.node.max_parallel is None
    )


class _Width:
    def __init__(self, steps: PlannedSteps, weight: Weight) -> None:
        self._steps = steps
        self._weight = weight

    def of(self, node: Node, path: str) -> Decimal:
        """The most that `node`, which is at `path`, asks for at one time."""
        match node:
            case Task():
                return self._weight(path, node) if self._steps.by_path[path].runs.most != 0 else Decimal(0)
            case Graph():
                return self._of_graph(node, path)
            case FanOut():
                return self._of_items(node, path)
            case Switch():
                return max(self.of(branch, join(path, branch.name)) for branch in node.branches)
            case Loop():
                return self.of(node.body, join(path, BODY))

    def _of_items(self, node: FanOut, path: str) -> Decimal:
        found = self._steps.by_path[path].widest
        if found is not None and node.batch:  # those of a pod are one
            found = -(-found // node.in_pod)
        items = (node.max_parallel or 1) if found is None else min(found, node.max_parallel or found)
        each = self.of(node.body, join(path, BODY))
        after = self.of(node.reduce, join(path, node.reduce.name)) if node.reduce else Decimal(0)
        return max(items * each, after)

    def _of_graph(self, graph: Graph, path: str) -> Decimal:
        weights = [self.of(node, join(path, node.name)) for node in graph.nodes]
        if not graph.edges:
            most = sum(weights, Decimal(0))
        elif is_line(graph):
            most = max(weights)
        else:
            positions = {node.name: position for position, node in enumerate(graph.nodes)}
            edges = [(positions[edge.source], positions[edge.target]) for edge in graph.edges]
            most = heaviest_antichain(weights, edges)
        if graph.max_parallel is not None:
            most = min(most, sum(sorted(weights)[-graph.max_parallel :], Decimal(0)))
        return most


def heaviest_antichain(weights: Sequence[Decimal], edges: Sequence[tuple[int, int]]) -> Decimal:
    """The largest sum of weights of nodes none of which is before another one, by `edges` of an acyclic graph.

    By Dilworth's theorem it is the least flow from sources to sinks in which each node has at least its weight. A flow
    that has each node's weight in a path of its own is made smaller as long as that is possible: which is a largest
    flow backwards, by shortest augmenting paths.
    """
    flow = _Flow(weights, edges)
    total = sum(weights, Decimal(0))
    while (less := flow.reduced()) > 0:
        total -= less
    return total


class _Flow:
    """The residual graph of a flow: node `v` is the edge from `2v` to `2v + 1`, between a source and a sink."""

    def __init__(self, weights: Sequence[Decimal], edges: Sequence[tuple[int, int]]) -> None:
        count = len(weights)
        self._source, self._sink = 2 * count, 2 * count + 1
        self._left: list[dict[int, Decimal]] = [{} for _ in range(2 * count + 2)]
        endless = sum(weights, Decimal(1))
        for node, weight in enumerate(weights):
            for start, end in ((self._source, 2 * node), (2 * node + 1, self._sink)):
                self._add(start, end, endless, weight)  # the path of the node's own weight
            self._add(2 * node, 2 * node + 1, endless, Decimal(0))
        for source, target in edges:
            self._add(2 * source + 1, 2 * target, endless, Decimal(0))

    def _add(self, start: int, end: int, forward: Decimal, backward: Decimal) -> None:
        self._left[start][end] = forward
        self._left[end][start] = backward

    def reduced(self) -> Decimal:
        """By how much the flow could be made smaller along one path from the sink back to the source; 0 at the end."""
        before: dict[int, int] = {self._sink: self._sink}
        pending = deque([self._sink])
        while pending and self._source not in before:
            at = pending.popleft()
            for end, left in self._left[at].items():
                if left > 0 and end not in before:
                    before[end] = at
                    pending.append(end)
        if self._source not in before:
            return Decimal(0)
        path = [self._source]
        while path[-1] != self._sink:
            path.append(before[path[-1]])
        steps = [(end, start) for start, end in pairwise(path)]
        least = min(self._left[start][end] for start, end in steps)
        for start, end in steps:
            self._left[start][end] -= least
            self._left[end][start] += least
        return least
