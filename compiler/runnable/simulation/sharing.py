"""Which tasks share a pod: neighbours of a pipeline, and items of a fan-out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field, replace

from runnable.ir.nodes import FanOut, Fused, Graph, Node, Program, Task
from runnable.ir.walk import join, replace_nodes, rewrite, walk
from runnable_runtime.deferred import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """Tasks that run in one pod, by their paths in the program; with `batch`, for so many items.

    Of items, and of branches of a Parallel, as many run at one time as the pod has `processors`. `around` is the path
    of the graph that the pod is a node of, `first` the first of its tasks that is no stub.
    """

    members: tuple[str, ...]
    batch: int | None = None
    processors: int = 1
    around: str = ""
    first: Task | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Sharing:
    """The units of a program, by the paths of their members. A task that has none has a pod of its own."""

    units: Mapping[str, Unit] = field(default_factory=dict)

    @classmethod
    def of(cls, lowered: Program, processors: Callable[[Task], int]) -> Sharing:
        """Those of a program that the target has lowered; `processors` are those that the pod of a task has."""
        return cls({path: unit for unit in _units(lowered, processors) for path in unit.members})

    def __bool__(self) -> bool:
        """Whether any task shares its pod."""
        return bool(self.units)


NO_SHARING = Sharing()


def _units(lowered: Program, processors: Callable[[Task], int]) -> Iterator[Unit]:
    nodes: list[Node] = [lowered.graph, *(node for _, node in walk(lowered.graph))]
    batches = {id(node.body.nodes[0]): node.in_pod for node in nodes if isinstance(node, FanOut) and node.body.nodes}
    for node in nodes:
        if isinstance(node, Task) and isinstance(node.action, Fused):
            members = tuple(member.task.name for member in node.action.members)
            first = next(one.task for one in node.action.members if not one.task.is_idle)
            batch = batches[id(node)] if node.action.batch else None
            several = batch or node.action.order
            at_once = processors(first) if several else 1
            yield Unit(members, batch, at_once, node.name.rpartition(".")[0], first)


def limits_of_pods(program: Program, sharing: Sharing) -> dict[str, int]:
    """How many pods there may be of each fan-out whose items share pods, by its path in the program."""
    batched = {unit.around.removesuffix(".*") for unit in sharing.units.values() if unit.batch}
    nodes = [(path, node) for path, node in walk(program.graph) if path in batched]
    return {path: node.max_parallel for path, node in nodes if isinstance(node, FanOut) and node.max_parallel}


def without_limits(program: Program, paths: Collection[str]) -> Program:
    """The program without the limits of the items of the fan-outs at `paths`: where items share pods, pods count."""

    def changed(path: str, node: Node) -> Node | None:
        if path not in paths or not isinstance(node, FanOut):
            return None
        return replace(node, max_parallel=None)  # nothing below it is batched: its body is tasks

    return replace(program, graph=replace_nodes(program.graph, changed)) if paths else program


def with_fuse(program: Program) -> Program:
    """The program with `fuse=True` in every pipeline."""
    return replace(program, graph=rewrite(program.graph, _fusing))


def _fusing(graph: Graph) -> Graph:
    return replace(graph, fuse=tuple(node.name for node in graph.nodes))


def with_batch(program: Program, where: str, size: int) -> Program:
    """The program with `batch=size` of the fan-out at `where`."""

    def changed(path: str, node: Node) -> Node | None:
        if path != where or not isinstance(node, FanOut):
            return None
        return replace(node, batch=size, body=_fusing(node.body))

    return replace(program, graph=replace_nodes(program.graph, changed))


def sizes_of_batches(program: Program, runs: Mapping[str, int], at_once: int | None) -> list[tuple[str, int]]:
    """The fan-outs that have no batches, each with a size worth trying, most items first.

    `runs`: how often each task ran, by its path in the program. With at most `at_once` pods at one time, that many.
    """
    found = []
    for path, node in walk(program.graph):
        if isinstance(node, FanOut) and node.batch is None and node.body.nodes:
            items = runs.get(join(join(path, node.body.name), node.body.nodes[0].name), 0)
            if items > _FEW:
                found.append((items, path))
    found.sort(key=lambda entry: (-entry[0], entry[1]))
    return [(path, max(2, -(-items // at_once)) if at_once else min(_SIZE, -(-items // 2))) for items, path in found]


_SIZE, _FEW = 10, 2
"""Items of a batch that is tried, or half of them all; and how many are too few for it."""
