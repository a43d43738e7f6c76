"""Tasks that follow one another, and are to share a pod, become one task that runs them in order.

Needs: names that are unique in the whole program (`lower_paths`), and its data flow. Leaves: no graph that has a wish.

    before   root: [prepare -> fit -> score -> report],  fuse all;  `score` needs another image
    after    root: ["prepare to fit" -> score -> report]

What they share it for is not looked at here: `pod` says of a task what its pod has to be like, or why it has one of its
own (`Alone`), and tasks of the same pod, with nothing else before the later one or after the earlier one, share it. A
task whose failure is handled has its own, so that the handler is about that task alone; so has one that ends a
pipeline in failure. A Parallel of which each branch is one task by then, but for stubs, shares it with all of these.

The body of a fan-out with `batch`, if it is one task by then, becomes one for several items.

A member is given what it would be given in a pod of its own: what those before it have returned, and of what is outside
the names that it needs.
"""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from itertools import pairwise

from runnable.ir.nodes import Edge, FanOut, Fused, Graph, Member, Node, On, Program, Reads, Task
from runnable.ir.walk import graphs, join, rewrite, walk
from runnable_runtime.deferred import dataclass
from runnable_runtime.fused.spec import Beside, Order
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
SEVERAL = Alone("not all of its branches take one pod")
IDLE = Alone("it takes no pod")


def wants_fusing(program: Program) -> bool:
    """Whether any of its pipelines is to be fused, or items of a fan-out are to share pods."""
    nodes = [program.graph, *(node for _, node in walk(program.graph))]
    return any((isinstance(one, Graph) and one.fuse) or (isinstance(one, FanOut) and one.batch) for one in nodes)


def lower_fuse(program: Program, needs: Needs, pod: Pod) -> Program:
    """`program` with the tasks fused that are to be and can be. `needs`: see `Flow.needs`; names are the paths."""
    graph = rewrite(program.graph, lambda graph: _fused(graph, needs, pod))
    return replace(program, graph=rewrite(graph, lambda graph: replace(graph, fuse=()) if graph.fuse else graph))


def left_alone(program: Program, pod: Pod) -> Iterator[tuple[Graph, list[tuple[str, Hashable | Alone]]]]:
    """The graphs in which nothing can be fused, though it is to be, each with the names and pods of what was to be."""
    for _, graph in graphs(program.graph):
        if graph.fuse and not any(_is_fused(run, pod) for run in _runs(graph, pod)):
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
        if not _is_fused(run, pod):
            nodes += run
            continue
        one = _task(run, needs, taken)
        renamed |= dict.fromkeys((node.name for node in run), one.name)
        nodes.append(one)
    edges = [Edge(renamed.get(e.source, e.source), renamed.get(e.target, e.target), e.on) for e in graph.edges]
    return replace(graph, nodes=tuple(nodes), edges=tuple(e for e in edges if e.source != e.target))


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


def _is_fused(run: Sequence[Node], pod: Pod) -> bool:
    """Whether nodes that are to share a pod are several tasks: also of one Parallel."""
    one = run[0]
    return len(run) > 1 or (isinstance(one, Graph) and not isinstance(_pod_of(one, pod), Alone))


def _pods(graph: Graph, pod: Pod) -> dict[str, Hashable | Alone]:
    handled = {edge.source for edge in graph.edges if edge.on is On.FAILURE}
    wanted = set(graph.fuse)

    def of(node: Node) -> Hashable | Alone:
        if node.name not in wanted:
            return Alone("")
        if node.name in handled:
            return HANDLED
        return FAILING if node.name in graph.failing else _pod_of(node, pod)

    return {node.name: of(node) for node in graph.nodes}


def _pod_of(node: Node, pod: Pod) -> Hashable | Alone:
    """What the pod of a node has to be like; of a Parallel, that of all of its tasks."""
    if isinstance(node, Task):
        return pod(node)
    if not isinstance(node, Graph):
        return COMPOSITE
    pods = [_pod_of_branch(branch, pod) if isinstance(branch, Graph) else SEVERAL for branch in node.nodes]
    return _common([one for one in pods if one is not IDLE], "its branches need different pods")


def _pod_of_branch(branch: Graph, pod: Pod) -> Hashable | Alone:
    """What the pod has to be like that a branch takes, if it takes one; stubs take none, and do not matter."""
    line = [(edge.source, edge.target, edge.on) for edge in branch.edges]
    if branch.failing or line != [(one.name, other.name, On.SUCCESS) for one, other in pairwise(branch.nodes)]:
        return SEVERAL
    nodes = [node for node in branch.nodes if not _is_idle(node, pod)]
    wanted = {node.name for node in nodes if node.name in branch.fuse or _is_unit(node)}
    if len(nodes) > 1 and len(wanted) < len(nodes):
        return SEVERAL
    return _common([_pod_of(node, pod) for node in nodes], SEVERAL.reason) if nodes else IDLE


def _is_idle(node: Node, pod: Pod) -> bool:
    """Whether it is a stub, or a Parallel of these only."""
    return node.is_idle if isinstance(node, Task) else _pod_of(node, pod) is IDLE


def _common(pods: Sequence[Hashable | Alone], otherwise: str) -> Hashable | Alone:
    """The one that all `pods` are; else why they are none: `otherwise` if they differ."""
    alone = next((one for one in pods if isinstance(one, Alone)), None)
    if alone is not None or not pods:
        return alone or IDLE
    return pods[0] if all(one == pods[0] for one in pods) else Alone(otherwise)


def _is_unit(node: Node) -> bool:
    return isinstance(node, Task) and isinstance(node.action, Fused)


def _task(run: Sequence[Node], needs: Needs, taken: set[str]) -> Task:
    """The task that runs the tasks of `run`; its name is none of those `taken`."""
    members: list[Member] = []
    order = _row(run, needs, members)
    outside: dict[str, None] = {}
    returned = _returned(order, members, {}, outside)
    tasks = [member.task for member in members if not member.task.is_idle]
    options = replace(tasks[0].options, secrets=tuple(dict.fromkeys(s for task in tasks for s in task.options.secrets)))
    return Task(
        name=_name(run, taken),
        action=Fused(tuple(members), order=() if order == tuple(range(len(members))) else order),
        reads=Reads(tuple(outside)),
        returns=tuple(returned.values()),
        options=options,
        span=run[0].span,
    )


def _row(nodes: Sequence[Node], needs: Needs, members: list[Member]) -> Order:
    """The order of the tasks of `nodes`, which are added to `members`."""
    found: list[int | Beside] = []
    for node in nodes:
        if isinstance(node, Graph):
            branches = tuple(_row(b.nodes, needs, members) for b in node.nodes if isinstance(b, Graph))
            found.append(Beside(branches, node.max_parallel))
        elif isinstance(node, Task) and isinstance(node.action, Fused):  # a branch that has been fused
            found += _moved(node.action.order or tuple(range(len(node.action.members))), len(members))
            members += node.action.members
        elif isinstance(node, Task):
            found.append(len(members))
            members.append(Member(node, tuple(needs.get(node.name, ()))))
    return tuple(found)


def _moved(order: Order, by: int) -> Order:
    """The order of tasks that stand after `by` others."""
    return tuple(
        one + by if isinstance(one, int) else Beside(tuple(_moved(b, by) for b in one.branches), one.limit)
        for one in order
    )


def _returned(
    order: Order, members: Sequence[Member], before: MutableMapping[str, ReturnSpec], outside: dict[str, None]
) -> dict[str, ReturnSpec]:
    """What the tasks of `order` return; what they read of none of them or of those `before` is added to `outside`."""
    found: dict[str, ReturnSpec] = {}
    seen = ChainMap(found, before)
    for one in order:
        if isinstance(one, Beside):
            found |= {k: v for b in [_returned(b, members, seen, outside) for b in one.branches] for k, v in b.items()}
            continue
        outside |= {name: None for name in members[one].needs if name not in seen}
        found |= {returned.name: returned for returned in members[one].task.returns}
    return found


def _name(run: Sequence[Node], taken: set[str]) -> str:
    around, _, first = run[0].name.rpartition(".")
    last = run[-1].name.rpartition(".")[2]
    name = join(around, f"{first} to {last}") if len(run) > 1 else run[0].name
    while name in taken and len(run) > 1:
        name += "'"
    taken.add(name)
    return name
