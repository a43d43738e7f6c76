"""The rules that every valid IR keeps. A broken one is a bug of the pass that ran last, not a user's mistake."""

from __future__ import annotations

from runnable.diagnostics.errors import InternalError
from runnable.ir.nodes import BODY, FanOut, Graph, Loop, Node, Program, Switch, Task
from runnable.ir.walk import walk


def verify(program: Program) -> None:
    """Raise InternalError unless names are unique, edges join nodes of their graph and point forward."""
    for path, node in (("", program.graph), *walk(program.graph)):
        problem = _problem(node)
        if problem:
            raise InternalError(f"the IR is invalid at {path or 'its root'}: {problem}")


def _problem(node: Node) -> str | None:
    match node:
        case Task():
            return None
        case Graph():
            return _graph_problem(node)
        case FanOut():
            both = node.reducer is not None and node.reduce is not None
            return "a fan-out with two reducers" if both else _body_problem(node.body)
        case Loop():
            return _body_problem(node.body)
        case Switch():
            names = [branch.name for branch in node.branches]
            known = node.default is None or node.default in names
            return None if names and len(set(names)) == len(names) and known else f"a switch with the branches {names}"


def _body_problem(body: Graph) -> str | None:
    return None if body.name == BODY else f"a body called {body.name!r}"


def _graph_problem(graph: Graph) -> str | None:
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
