"""A graph of very many nodes becomes a graph of graphs, none of which has more than `max_nodes` nodes.

Needs: names that are unique in the whole program (`lower_paths`). Leaves: no line, and no graph without edges, of more
than so many nodes.

    before   root: [a -> b -> c -> d -> e]                      max_nodes=2
    after    root: [/part 3: [/part 1: [a -> b] -> /part 2: [c -> d]] -> e]

A chain becomes a chain of chains, branches without edges become groups of branches. Both run the same nodes in the same
order with the same data, as what a part writes is merged after it.

Where failures are handled, a chain of parts would continue after a part whose failure was handled. There, the rest of
a chain becomes its last node:

    before   root: [a -> b -> c -> d],  a fails -> h            max_nodes=3
    after    root: [a -> /part 1: [b -> c -> d]],  a fails -> h

Any other graph is cut where a part makes no node wait for more than it did (`groups`), and else stays whole. So does
one with handlers, and one with a limit, which would be a limit of each part.

A part is called ``<path>/part <n>``; users' names have no slash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from runnable.ir.nodes import Edge, Graph, Node, On, Program
from runnable.ir.order import is_line
from runnable.ir.walk import rewrite
from runnable.passes.lowering.groups import cut_into_groups
from runnable.passes.lowering.parts import Parts


def lower_chunks(program: Program, max_nodes: int) -> Program:
    """`program` with every graph of more than `max_nodes` nodes (at least two), cut into parts."""
    return replace(program, graph=rewrite(program.graph, lambda graph: _cut(graph, max_nodes)))


def _cut(graph: Graph, max_nodes: int) -> Graph:
    if len(graph.nodes) <= max_nodes or graph.max_parallel is not None or graph.fail_fast:
        return graph
    parts = Parts(graph)
    handles = any(edge.on is On.FAILURE for edge in graph.edges)
    if graph.edges and not is_line(graph):
        return graph if handles else cut_into_groups(graph, max_nodes, parts)
    if handles:
        return _Handled(graph, max_nodes, parts).cut()
    return _cut_evenly(graph, max_nodes, parts)


def _cut_evenly(graph: Graph, max_nodes: int, parts: Parts) -> Graph:
    """A chain as a chain of chains, branches as groups of branches."""
    chain = bool(graph.edges)
    nodes: Sequence[Node] = graph.nodes
    while len(nodes) > max_nodes:
        pieces = [nodes[start : start + max_nodes] for start in range(0, len(nodes), max_nodes)]
        nodes = [piece[0] if len(piece) == 1 else parts.new(piece, _edges(piece, chain)) for piece in pieces]
    return parts.filled(graph, nodes, _edges(nodes, chain))


class _Handled:
    """A graph in which failures are handled: a tree, each node having one node before it and at most two after it."""

    def __init__(self, graph: Graph, max_nodes: int, parts: Parts) -> None:
        self._graph = graph
        self._max_nodes = max(max_nodes, 3)  # a node, its handler, and the rest
        self._parts = parts
        self._nodes = {node.name: node for node in graph.nodes}
        self._position = {node.name: position for position, node in enumerate(graph.nodes)}
        self._after = {(edge.source, edge.on): edge.target for edge in graph.edges}
        self._sizes: dict[str, int] = {}
        self._handling: dict[str, bool] = {}
        for node in reversed(graph.nodes):
            after = self._following(node.name)
            self._sizes[node.name] = 1 + sum(self._sizes[name] for name in after)
            handles = (node.name, On.FAILURE) in self._after
            self._handling[node.name] = handles or any(self._handling[name] for name in after)

    def cut(self) -> Graph:
        """The graph, cut."""
        return self._tree(self._graph.nodes[0].name, self._graph)

    def _tree(self, root: str, like: Graph) -> Graph:
        """The graph that begins with the node `root`, otherwise `like` another."""
        if not self._handling[root]:
            nodes = self._below(root)
            return _cut_evenly(self._parts.filled(like, nodes, _edges(nodes, chain=True)), self._max_nodes, self._parts)
        main: list[Node] = []
        handlers: list[Node] = []
        edges: list[Edge] = []
        name: str | None = root
        while name is not None:
            handler = self._after.get((name, On.FAILURE))
            following = self._after.get((name, On.SUCCESS))
            size = 0 if handler is None else self._sizes[handler] if self._is_short(handler) else 1
            room = self._max_nodes - len(main) - len(handlers)
            if main and 1 + size + (following is not None) > room:
                main.append(self._whole(name))
                handler = following = None
            else:
                main.append(self._nodes[name])
            if len(main) > 1:
                edges.append(Edge(main[-2].name, main[-1].name))
            if handler is not None:
                edges += self._handler(main[-1].name, handler, handlers)
            name = following
        return self._parts.filled(like, [*main, *handlers], edges)

    def _whole(self, root: str) -> Node:
        """All that begins with the node `root`, as one node."""
        if self._sizes[root] == 1:
            return self._nodes[root]
        return self._tree(root, self._parts.new((), ()))

    def _handler(self, source: str, root: str, into: list[Node]) -> list[Edge]:
        """Add the handler that begins with the node `root` to `into`, as one node if it is long; returns its edges."""
        if not self._is_short(root):
            node = self._whole(root)
            into.append(node)
            return [Edge(source, node.name, On.FAILURE)]
        nodes = self._below(root)
        into += nodes
        inside = [(node.name, on) for node in nodes for on in On if (node.name, on) in self._after]
        return [Edge(source, root, On.FAILURE), *(Edge(name, self._after[name, on], on) for name, on in inside)]

    def _is_short(self, handler: str) -> bool:
        """Whether a handler can stand in one graph with its node and a node after that."""
        return self._sizes[handler] <= self._max_nodes - 2

    def _following(self, name: str) -> list[str]:
        return [self._after[name, on] for on in On if (name, on) in self._after]

    def _below(self, root: str) -> list[Node]:
        """The node `root` and all after it, in the order of the graph."""
        found, pending = [], [root]
        while pending:
            name = pending.pop()
            found.append(name)
            pending += self._following(name)
        return [self._nodes[name] for name in sorted(found, key=self._position.__getitem__)]


def _edges(nodes: Sequence[Node], chain: bool) -> tuple[Edge, ...]:
    if not chain:
        return ()
    return tuple(Edge(a.name, b.name, On.SUCCESS) for a, b in pairwise(nodes))
