"""Every node is named by its path, so that later lowerings may move it without its identity getting lost.

before   root: [P: {b1: [hello]}, end]            edges P -> end
after    root: [P: {P.b1: [P.b1.hello]}, end]     edges P -> end
"""

from __future__ import annotations

from dataclasses import replace

from runnable.ir.nodes import Edge, FanOut, Graph, Loop, Node, Program, Switch, Task
from runnable.ir.walk import join
from runnable.passes.supported import unreachable


def lower_paths(program: Program) -> Program:
    """`program` with each node's path as its name. The root keeps no name: its path is empty."""
    return replace(program, graph=_named(program.graph, ""))


def _named(graph: Graph, path: str) -> Graph:
    return replace(
        graph,
        name=path,
        nodes=tuple(_node(node, join(path, node.name)) for node in graph.nodes),
        edges=tuple(Edge(join(path, e.source), join(path, e.target), e.on) for e in graph.edges),
        failing=tuple(join(path, name) for name in graph.failing),
    )


def _node(node: Node, path: str) -> Node:
    match node:
        case Graph():
            return _named(node, path)
        case Task():
            return replace(node, name=path)
        case FanOut() | Switch() | Loop():
            raise unreachable(node)
