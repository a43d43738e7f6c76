"""The parts that a large graph is cut into: graphs of some of its nodes, which stand in it as one node each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from runnable.ir.nodes import Edge, Graph, Node


class Parts:
    """Makes the parts of one graph, and gives them names."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._failing = set(graph.failing)
        self._numbers = count(1)

    def new(self, nodes: Sequence[Node], edges: Sequence[Edge]) -> Graph:
        """A part."""
        name = f"{self._graph.name}/part {next(self._numbers)}"
        return self.filled(Graph(name, (), span=self._graph.span), nodes, edges)

    def filled(self, like: Graph, nodes: Sequence[Node], edges: Sequence[Edge]) -> Graph:
        """A graph with these nodes, and otherwise `like` another; those that end in failure do so in it."""
        failing = tuple(node.name for node in nodes if node.name in self._failing)
        return replace(like, nodes=tuple(nodes), edges=tuple(edges), failing=failing)
