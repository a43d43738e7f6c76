"""Tasks that follow one another, and are to share a pod, become one task that runs them in order.

Needs: names that are unique in the whole program (`lower_paths`), and its data flow. Leaves: no graph that has a wish.

    before   root: [prepare -> fit -> score -> report],  fuse all;  `score` needs another image
    after    root: ["prepare to fit" -> score -> report]

What they share it for is not looked at here: `pod` says of a task what its pod has to be like, or why it has one of its
own (`Alone`), and tasks of the same pod, with nothing else before the later one or after the earlier one, share it. A
task whose failure is handled has its own, so that the handler is about that task alone; so has one that ends a
pipeline in failure.

The body of a fan-out with `batch`, if it is one task by then, becomes one for several items.

A member is given what it would be given in a pod of its own: what those before it have returned, and of what is outside
the names that it needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from runnable.ir.nodes import Edge, FanOut, Fused, Graph, Member, Node, On, Program, Reads, Task
from runnable.ir.walk import graphs, join, rewrite, walk
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import ReturnSpec

Needs = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Alone:
    """Why a task has a pod of its own."""

    reason: str


Pod = Callable[[Task], Hashable | Alone]

HANDLED = Alone("its failure is handled by `on_failure`")
FAILING = Alone("it ends the pipeline in failure")
COMPOSITE = Alone("it is no task")


def wants_fusing(program: Program) -> bool:
    """Whether any of its pipelines is to be fused, or items of a fan-out are to share pods."""
    nodes = [program.graph, *(node for _, node in walk(program.graph))]
    return any((isinstance(one, Graph) and one.fuse) or (isinstance(one, FanOut) and one.batch) for one in nodes)


def lower_fuse(program: Program, needs: Needs, pod: Pod) -> Program:
    """`program` with the tasks fused that are to be and can be. `needs`: see `Flow.needs`; names are the paths."""
    return replace(program, graph=rewrite(program.graph, lambda graph: _fused(graph, needs, pod)))


def left_alone(program: Program, pod: Pod) -> Iterator[tuple[Graph, list[tuple[str, Hashable | Alone]]]]:
    """The graphs in which nothing can be fused, though it is to be, each with the names and pods of what was to be."""
    for _, graph in graphs(program.graph):
        if graph.fuse and all(len(run) == 1 for run in _runs(graph, pod)):
            wanted = set(graph.fuse)
            yield graph, [(name, one) for name, one in _pods(graph, pod).items() if name in wanted]


def _fused(graph: Graph, needs: Needs, pod: Pod) -> Graph:
    if any(isinstance(node, FanOut) and node.batch for node in graph.nodes):
        graph = replace(graph, nodes=tuple(_batched(node, needs, pod) for node in graph.nodes))
    if not graph.fuse:
        return graph
    nodes: list[Node] = []
    renamed: dict[str, str] = {}
    taken = {node.name for node in graph.nodes}
    for run in _runs(graph, pod):
        if len(run) == 1:
            nodes += run
            continue
        members = [node for node in run if isinstance(node, Task)]
        one = _task(members, needs, taken)
        renamed |= dict.fromkeys((node.name for node in members), one.name)
        nodes.append(one)
    edges = [Edge(renamed.get(e.source, e.source), renamed.get(e.target, e.target), e.on) for e in graph.edges]
    return replace(graph, nodes=tuple(nodes), edges=tuple(e for e in edges if e.source != e.target), fuse=())


def _batched(node: Node, needs: Needs, pod: Pod) -> Node:
    """A fan-out of which several items are to share a pod: its body, if that is one task, is for several of them."""
    if not isinstance(node, FanOut) or not node.batch or not can_be_batched(node, pod):
        return node
    (task,) = node.body.nodes
    assert isinstance(task, Task)
    if not isinstance(task.action, Fused):
        member = Member(task, tuple(needs.get(task.name, ())))
        task = replace(task, action=Fused((member,)), reads=Reads(member.needs), arguments=())
    assert isinstance(task.action, Fused)
    task = replace(task, action=replace(task.action, batch=True))
    return replace(node, body=replace(node.body, nodes=(task,)))


def can_be_batched(node: FanOut, pod: Pod) -> bool:
    """Whether the body of a fan-out, which has been fused, is one task that can share a pod."""
    one = node.body.nodes[0]
    if len(node.body.nodes) > 1 or not isinstance(one, Task) or node.body.failing:
        return False
    return isinstance(one.action, Fused) or not isinstance(pod(one), Alone)


def _runs(graph: Graph, pod: Pod) -> list[list[Node]]:
    """The nodes in their order, those together that share a pod."""
    pods = _pods(graph, pod)
    after = Counter(edge.source for edge in graph.edges)
    before = Counter(edge.target for edge in graph.edges)
    joined = {(edge.source, edge.target) for edge in graph.edges if edge.on is On.SUCCESS}
    runs: list[list[Node]] = [[node] for node in graph.nodes[:1]]
    for one, other in pairwise(graph.nodes):
        only = (one.name, other.name) in joined and after[one.name] == before[other.name] == 1
        alike = pods[one.name] == pods[other.name] and not isinstance(pods[one.name], Alone)
        if only and alike:
            runs[-1].append(other)
        else:
            runs.append([other])
    return runs


def _pods(graph: Graph, pod: Pod) -> dict[str, Hashable | Alone]:
    handled = {edge.source for edge in graph.edges if edge.on is On.FAILURE}
    wanted = set(graph.fuse)

    def of(node: Node) -> Hashable | Alone:
        if node.name not in wanted:
            return Alone("")
        if not isinstance(node, Task):
            return COMPOSITE
        if node.name in handled:
            return HANDLED
        return FAILING if node.name in graph.failing else pod(node)

    return {node.name: of(node) for node in graph.nodes}


def _task(tasks: Sequence[Task], needs: Needs, taken: set[str]) -> Task:
    """The task that runs `tasks`; its name is none of those `taken`."""
    members = tuple(Member(task, tuple(needs.get(task.name, ()))) for task in tasks)
    outside: dict[str, None] = {}
    returned: dict[str, ReturnSpec] = {}
    for member in members:
        outside |= {name: None for name in member.needs if name not in returned}
        returned |= {one.name: one for one in member.task.returns}
    options = replace(tasks[0].options, secrets=tuple(dict.fromkeys(s for task in tasks for s in task.options.secrets)))
    return Task(
        name=_name(tasks, taken),
        action=Fused(members),
        reads=Reads(tuple(outside)),
        returns=tuple(returned.values()),
        options=options,
        span=tasks[0].span,
    )


def _name(tasks: Sequence[Task], taken: set[str]) -> str:
    around, _, first = tasks[0].name.rpartition(".")
    last = tasks[-1].name.rpartition(".")[2]
    name = join(around, f"{first} to {last}")
    while name in taken:
        name += "'"
    taken.add(name)
    return name
