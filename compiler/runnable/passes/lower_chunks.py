"""A graph of very many nodes becomes a graph of graphs, none of which has more than `most` nodes.

    before   root: [a -> b -> c -> d -> e]                           most=2
    after    root: [/part 3: [/part 1: [a -> b] -> /part 2: [c -> d]] -> e]

A chain becomes a chain of chains, branches without edges become groups of branches. Both run the same nodes in the same
order with the same data, as what a part writes is merged after it. Graphs of another form are left as they are.

A part is called ``<path>/part <n>``; users' names have no slash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count, pairwise

from runnable.ir.nodes import Edge, Graph, Node, On, Program
from runnable.ir.walk import rewrite


def lower_chunks(program: Program, most: int) -> Program:
    """`program` with every chain, and every set of branches, of more than `most` nodes cut into parts."""
    return replace(program, graph=rewrite(program.graph, lambda graph: _cut(graph, most)))


def _cut(graph: Graph, most: int) -> Graph:
    chain = _is_chain(graph)
    if len(graph.nodes) <= most or not (chain or not graph.edges):
        return graph
    number = count(1)
    failing = set(graph.failing)
    nodes: Sequence[Node] = graph.nodes
    while len(nodes) > most:
        parts: list[Node] = []
        for start in range(0, len(nodes), most):
            piece = tuple(nodes[start : start + most])
            if len(piece) == 1:
                parts.append(piece[0])
            else:
                part = Graph(f"{graph.name}/part {next(number)}", piece, _edges(piece, chain), span=graph.span)
                ends = tuple(node.name for node in piece if node.name in failing)
                parts.append(replace(part, failing=ends))
        nodes = parts
    remaining = tuple(node.name for node in nodes if node.name in failing)
    return replace(graph, nodes=tuple(nodes), edges=_edges(nodes, chain), failing=remaining)


def _is_chain(graph: Graph) -> bool:
    return graph.edges == _edges(graph.nodes, chain=True)


def _edges(nodes: Sequence[Node], chain: bool) -> tuple[Edge, ...]:
    if not chain:
        return ()
    return tuple(Edge(a.name, b.name, On.SUCCESS) for a, b in pairwise(nodes))
