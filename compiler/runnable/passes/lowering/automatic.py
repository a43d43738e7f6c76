"""What shares a pod is decided by how long it takes: items of `Map(batch="auto")`, and short tasks (`fuse: auto`).

Needs: how long each task takes. Leaves: no fan-out whose `batch` is "auto".

    before   Map over `words`, batch="auto", of which an item takes 0.6 s     (a pod is to take 30 s, on 2 processors)
    after    Map over `words`, batch=100
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace

from runnable.ir.nodes import AUTO, FanOut, Graph, Loop, Node, Program, Switch, Task
from runnable.ir.walk import join, tasks, walk
from runnable_runtime.deferred import dataclass

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


def short_tasks(program: Program, seconds: Seconds, below: float) -> set[str]:
    """The paths of the tasks that take less than `below` seconds."""
    found = ((path, seconds(path)) for path, _ in tasks(program.graph))
    return {path for path, one in found if one is not None and one < below}


def decided(graph: Graph, found: Mapping[str, int], short: Container[str] = (), path: str = "") -> Graph:
    """`graph`, which is at `path`: `found` are the sizes of fan-outs, and `short` the tasks to fuse, by their paths."""
    nodes = tuple(_decided(node, found, short, join(path, node.name)) for node in graph.nodes)
    fuse = tuple(
        node.name for node in nodes if node.name in graph.fuse or _is_short(node, short, join(path, node.name))
    )
    return replace(graph, nodes=nodes, fuse=fuse)


def _is_short(node: Node, short: Container[str], path: str) -> bool:
    """Whether it is a short task, or a Parallel of these only."""
    if isinstance(node, Graph):
        return bool(short) and all(join(path, inner) in short for inner, _ in tasks(node))
    return path in short


def _decided(node: Node, found: Mapping[str, int], short: Container[str], path: str) -> Node:
    match node:
        case Task():
            return node
        case Graph():
            return decided(node, found, short, path)
        case FanOut():
            body = decided(node.body, found, short, join(path, node.body.name))
            return replace(node, body=body, batch=found.get(path, node.batch))
        case Loop():
            return replace(node, body=decided(node.body, found, short, join(path, node.body.name)))
        case Switch():
            branches = (decided(branch, found, short, join(path, branch.name)) for branch in node.branches)
            return replace(node, branches=tuple(branches))
