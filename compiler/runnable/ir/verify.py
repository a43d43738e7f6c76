"""The rules that every valid IR keeps. A broken one is a bug of the pass that ran last, not a user's mistake."""

from __future__ import annotations

from runnable.diagnostics.errors import InternalError
from runnable.ir.nodes import Graph, Program
from runnable.ir.walk import graphs


def verify(program: Program) -> None:
    """Raise InternalError unless names are unique, edges join nodes of their graph and point forward."""
    for path, graph in graphs(program.graph):
        problem = _problem(graph)
        if problem:
            raise InternalError(f"the IR is invalid at {path or 'its root'}: {problem}")


def _problem(graph: Graph) -> str | None:
    position = {node.name: index for index, node in enumerate(graph.nodes)}
    if not graph.nodes:
        return "a graph without nodes"
    if len(position) != len(graph.nodes):
        return "two nodes of one name"
    for edge in graph.edges:
        if edge.source not in position or edge.target not in position:
            return f"the edge {edge.source!r} -> {edge.target!r} leaves the graph"
        if position[edge.source] >= position[edge.target]:
            return f"the edge {edge.source!r} -> {edge.target!r} points backward"
    if not set(graph.failing) <= position.keys():
        return f"unknown terminators {graph.failing}"
    return None
