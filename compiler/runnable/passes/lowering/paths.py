"""Every node is named by its path, so that later lowerings may move it without its identity getting lost.

Needs: a verified program. Leaves: a program in which node names are unique in the whole, and are paths.

before   root: [P: {b1: [hello]}, m: each x of xs: [t]]         edges P -> m
after    root: [P: {P.b1: [P.b1.hello]}, m: … [m.*.t]]          edges P -> m

The body of a fan-out or loop, and the branches of a switch, keep their names: these say what they are, and no lowering
moves them.
"""

from __future__ import annotations

from dataclasses import replace

from runnable.ir.nodes import Edge, FanOut, Graph, Loop, Node, Program, Switch, Task
from runnable.ir.walk import join


def lower_paths(program: Program) -> Program:
    """`program` with each node's path as its name. The root keeps no name: its path is empty."""
    return replace(program, graph=replace(_members(program.graph, ""), name=""))


def _members(graph: Graph, path: str) -> Graph:
    """`graph`, which is at `path`, with its members renamed."""
    return replace(
        graph,
        nodes=tuple(_node(node, join(path, node.name)) for node in graph.nodes),
        edges=tuple(_edge(edge, path) for edge in graph.edges) if path else graph.edges,
        failing=tuple(join(path, name) for name in graph.failing),
        fuse=tuple(join(path, name) for name in graph.fuse),
    )


def _edge(edge: Edge, path: str) -> Edge:
    return Edge(join(path, edge.source), join(path, edge.target), edge.on)


def _inside(graph: Graph, path: str) -> Graph:
    return _members(graph, join(path, graph.name))


def _node(node: Node, path: str) -> Node:
    match node:
        case Task():
            return node if node.name == path else replace(node, name=path)
        case Graph():
            return replace(_members(node, path), name=path)
        case FanOut(reduce=reduce):
            reduce = None if reduce is None else replace(reduce, name=join(path, reduce.name))
            return replace(node, name=path, body=_inside(node.body, path), reduce=reduce)
        case Switch():
            return replace(node, name=path, branches=tuple(_inside(branch, path) for branch in node.branches))
        case Loop():
            return replace(node, name=path, body=_inside(node.body, path))
