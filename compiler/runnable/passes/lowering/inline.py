"""A graph of one node, inside a graph, becomes that node: one level of nesting less, with the same outcome and data.

Needs: names that are unique in the whole program (`lower_paths`). Leaves: no graph of one node in another graph.

    before   P: {P.b1: [P.b1.hello], P.b2: [P.b2.a -> P.b2.b]}
    after    P: {P.b1.hello, P.b2: [P.b2.a -> P.b2.b]}

A graph that ends in failure on purpose stays, to do so.
"""

from __future__ import annotations

from dataclasses import replace

from runnable.ir.nodes import Edge, Graph, Node, Program
from runnable.ir.walk import rewrite


def lower_inline(program: Program) -> Program:
    """`program` with every graph of one node replaced by that node."""
    return replace(program, graph=rewrite(program.graph, _inline))


def _inline(graph: Graph) -> Graph:
    single = {node.name: inner for node in graph.nodes if (inner := _only_node(node)) is not None}
    if not single:
        return graph
    new_name = {name: inner.name for name, inner in single.items()}
    return replace(
        graph,
        nodes=tuple(single.get(node.name, node) for node in graph.nodes),
        edges=tuple(
            Edge(new_name.get(e.source, e.source), new_name.get(e.target, e.target), e.on) for e in graph.edges
        ),
        failing=tuple(new_name.get(name, name) for name in graph.failing),
    )


def _only_node(node: Node) -> Node | None:
    if isinstance(node, Graph) and len(node.nodes) == 1 and not node.failing:
        return node.nodes[0]
    return None
