"""What the edges of a graph say: which node runs before which."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

from runnable.ir.nodes import Graph, On

_Name = TypeVar("_Name", bound=Hashable)


def is_line(graph: Graph) -> bool:
    """Whether the nodes run one after another: none has two before it, or two after it with the same outcome.

    So it is for steps of which none says `after`, with their handlers, which are lines that branch off.
    """
    targets = [edge.target for edge in graph.edges]
    leaving = [(edge.source, edge.on) for edge in graph.edges]
    return len(set(targets)) == len(targets) == len(graph.nodes) - 1 and len(set(leaving)) == len(leaving)


def is_parallel(graph: Graph) -> bool:
    """Whether it is a Parallel: several branches, which are graphs, and no edges."""
    return not graph.edges and len(graph.nodes) > 1 and all(isinstance(node, Graph) for node in graph.nodes)


def reached(starts: Iterable[_Name], pairs: Iterable[tuple[_Name, _Name]]) -> set[_Name]:
    """What can be reached from `starts` by `pairs`; of these themselves only what others lead to."""
    following: dict[_Name, list[_Name]] = {}
    for one, other in pairs:
        following.setdefault(one, []).append(other)
    found: set[_Name] = set()
    pending = list(starts)
    while pending:
        for name in following.get(pending.pop(), ()):
            if name not in found:
                found.add(name)
                pending.append(name)
    return found


def nodes_before(graph: Graph, name: str) -> set[str]:
    """The nodes that the node `name` waits for, at once or through others."""
    return reached([name], ((edge.target, edge.source) for edge in graph.edges))


def nodes_after(graph: Graph, name: str) -> set[str]:
    """The nodes that wait for the node `name`, at once or through others; its handler too."""
    return reached([name], ((edge.source, edge.target) for edge in graph.edges))


def handlers(graph: Graph) -> set[str]:
    """The nodes of `graph` that run only after a failure."""
    first = {edge.target for edge in graph.edges if edge.on is On.FAILURE}
    return first | reached(first, ((edge.source, edge.target) for edge in graph.edges))


class Order:
    """Which node of a graph runs before which, for many questions: a set of bits for each node."""

    def __init__(self, graph: Graph) -> None:
        self.position = {node.name: index for index, node in enumerate(graph.nodes)}
        self._before = [0] * len(graph.nodes)
        into: dict[str, list[int]] = {}
        for edge in graph.edges:
            into.setdefault(edge.target, []).append(self.position[edge.source])
        for node in graph.nodes:  # after those that its edges come from
            mine = self.position[node.name]
            for source in into.get(node.name, ()):
                self._before[mine] |= self._before[source] | (1 << source)

    def is_before(self, one: str, other: str) -> bool:
        """Whether `other` waits for `one`, at once or through others."""
        return bool(self._before[self.position[other]] >> self.position[one] & 1)
