"""How many items share a pod is decided by how long an item takes, where a Map leaves that open (`batch="auto"`).

Needs: how long each task takes. Leaves: no fan-out whose `batch` is "auto".

    before   Map over `words`, batch="auto", of which an item takes 0.6 s     (a pod is to take 30 s, on 2 processors)
    after    Map over `words`, batch=100
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from runnable.ir.nodes import AUTO, FanOut, Graph, Loop, Node, Program, Switch, Task
from runnable.ir.walk import join, tasks, walk

Seconds = Callable[[str], float | None]
"""How long a task usually takes, by its path in the program; None if that is not known."""
START = 0.1
"""Seconds that a task in a shared pod takes beside what is recorded of it: its process, and writing its record."""
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Those that are chosen among, so that runs which differ a little give the same manifest."""


@dataclass(frozen=True, slots=True)
class Pods:
    """What is wanted of pods: how many seconds one is to take, and how many processors that of a task has."""

    seconds: float
    processors: Callable[[Task], int]


@dataclass(frozen=True, slots=True)
class Size:
    """How many items of the fan-out at `path` share a pod, and how many seconds one of them takes; None if unknown."""

    path: str
    node: FanOut
    items: int
    seconds: float | None


def wants_sizes(program: Program) -> bool:
    """Whether it is to be decided for a fan-out how many of its items share a pod."""
    return any(isinstance(node, FanOut) and node.batch == AUTO for _, node in walk(program.graph))


def sizes(program: Program, seconds: Seconds, pods: Pods) -> Iterator[Size]:
    """What is decided for each fan-out; of what is not known, that items have a pod each."""
    for path, node in walk(program.graph):
        if isinstance(node, FanOut) and node.batch == AUTO:
            found = [seconds(join(path, join(node.body.name, inner))) for inner, _ in tasks(node.body)]
            known = [START + one for one in found if one is not None]
            if not known or len(known) < len(found):
                yield Size(path, node, 1, None)
                continue
            at_once = min(pods.processors(task) for _, task in tasks(node.body))
            fitting = int(round(pods.seconds * at_once / sum(known), 6))
            yield Size(path, node, max(one for one in SIZES if one <= max(1, fitting)), sum(known))


def with_sizes(graph: Graph, found: dict[str, int], path: str = "") -> Graph:
    """`graph`, which is at `path`, with the sizes of the fan-outs that are `found`, by their paths."""
    return replace(graph, nodes=tuple(_with_sizes(node, found, join(path, node.name)) for node in graph.nodes))


def _with_sizes(node: Node, found: dict[str, int], path: str) -> Node:
    match node:
        case Task():
            return node
        case Graph():
            return with_sizes(node, found, path)
        case FanOut():
            body = with_sizes(node.body, found, join(path, node.body.name))
            return replace(node, body=body, batch=found.get(path, node.batch))
        case Loop():
            return replace(node, body=with_sizes(node.body, found, join(path, node.body.name)))
        case Switch():
            branches = (with_sizes(branch, found, join(path, branch.name)) for branch in node.branches)
            return replace(node, branches=tuple(branches))
