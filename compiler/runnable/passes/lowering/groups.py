"""A graph of very many nodes is cut where a part makes no node wait for more than it did.

    before   start -> {a -> b, c -> d, e -> f} -> end               max_nodes=4
    after    start -> /part 4: {/part 1: [a -> b], /part 2: [c -> d], /part 3: [e -> f]} -> end

Nodes that follow one another, with nothing else before or after them in between, become a chain. Nodes that wait for
the same ones, and for which the same ones wait, become branches without edges. Both are done again with what has come
of it: a graph that lists and Parallels could have said becomes as small as is asked for. What remains of any other is
as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from runnable.ir.nodes import Edge, Graph, Node
from runnable.passes.lowering.parts import Parts


def cut_into_groups(graph: Graph, max_nodes: int, parts: Parts) -> Graph:
    """`graph`, which has edges and no handlers, with at most `max_nodes` nodes in each part, if it can in itself."""
    found = _Groups(graph, max_nodes, parts)
    while found.count > max_nodes and (found.join_chains() or found.join_alike()):
        pass
    return found.graph()


class _Groups:
    """The nodes and parts of one graph, in an order in which each is after those that it waits for."""

    def __init__(self, graph: Graph, max_nodes: int, parts: Parts) -> None:
        self._graph = graph
        self._max_nodes = max_nodes
        self._parts = parts
        self._nodes: dict[str, Node] = {node.name: node for node in graph.nodes}
        self._before: dict[str, set[str]] = {name: set() for name in self._nodes}
        self._after: dict[str, set[str]] = {name: set() for name in self._nodes}
        for edge in graph.edges:
            self._before[edge.target].add(edge.source)
            self._after[edge.source].add(edge.target)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._nodes)

    def graph(self) -> Graph:
        """The graph of them."""
        position = {name: index for index, name in enumerate(self._nodes)}
        edges = [
            Edge(source, target)
            for target in self._nodes
            for source in sorted(self._before[target], key=position.__getitem__)
        ]
        return self._parts.filled(self._graph, list(self._nodes.values()), edges)

    def join_chains(self) -> bool:
        """Make a part of each chain; whether there was one."""
        chains, seen = [], set()
        for name in self._nodes:  # a chain's first node is the first that is met
            if name in seen:
                continue
            chain = [name]
            while (following := self._only_follower(chain[-1])) is not None:
                chain.append(following)
            seen.update(chain)
            chains += self._pieces(chain)
        return self._join(chains, are_chains=True)

    def join_alike(self) -> bool:
        """Make a part of those that wait for the same ones, and for which the same ones wait; whether there are any."""
        alike: dict[tuple[frozenset[str], frozenset[str]], list[str]] = {}
        for name in self._nodes:
            alike.setdefault((frozenset(self._before[name]), frozenset(self._after[name])), []).append(name)
        return self._join([piece for names in alike.values() for piece in self._pieces(names)], are_chains=False)

    def _only_follower(self, name: str) -> str | None:
        """The node after `name`, if there is one only, and that waits for nothing else."""
        if len(self._after[name]) != 1:
            return None
        (following,) = self._after[name]
        return following if len(self._before[following]) == 1 else None

    def _pieces(self, names: Sequence[str]) -> list[Sequence[str]]:
        pieces = [names[start : start + self._max_nodes] for start in range(0, len(names), self._max_nodes)]
        return [piece for piece in pieces if len(piece) > 1]

    def _join(self, groups: Sequence[Sequence[str]], *, are_chains: bool) -> bool:
        into: dict[str, Node] = {}
        for group in groups:
            edges = [Edge(one, other) for one, other in pairwise(group)] if are_chains else []
            part = self._parts.new([self._nodes[name] for name in group], edges)
            into.update(dict.fromkeys(group, part))
        renamed = {name: into[name].name if name in into else name for name in self._nodes}
        before, after = self._renamed(self._before, renamed), self._renamed(self._after, renamed)
        self._nodes = {renamed[name]: into.get(name, node) for name, node in self._nodes.items()}
        self._before, self._after = before, after
        return bool(groups)

    @staticmethod
    def _renamed(neighbours: dict[str, set[str]], renamed: dict[str, str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name, others in neighbours.items():
            own = found.setdefault(renamed[name], set())
            own.update(renamed[other] for other in others if renamed[other] != renamed[name])
        return found
