"""Which nodes need not run, and whose failure need not be the run's."""

from __future__ import annotations

from runnable.ir.nodes import Graph, On, Program, Switch
from runnable.ir.walk import children


def may_be_skipped(program: Program, path: str) -> bool:
    """Whether the node at `path` stands in a branch of a Switch, or in a handler of failures."""
    node: object = program.graph
    for name in path.split("."):
        if isinstance(node, Switch) or (isinstance(node, Graph) and name in handlers(node)):
            return True
        node = next(child for child in children(node) if child.name == name)  # type: ignore[arg-type]
    return False


def is_handled(program: Program, path: str) -> bool:
    """Whether a failure of the node at `path`, or of a composite around it, has a handler."""
    node: object = program.graph
    for name in path.split("."):
        if isinstance(node, Graph) and any(edge.on is On.FAILURE and edge.source == name for edge in node.edges):
            return True
        node = next(child for child in children(node) if child.name == name)  # type: ignore[arg-type]
    return False


def handlers(graph: Graph) -> set[str]:
    """The nodes of `graph` that run only after a failure."""
    found: set[str] = set()
    for edge in graph.edges:  # in the order of the nodes: those of a handler follow one another
        if edge.on is On.FAILURE or edge.source in found:
            found.add(edge.target)
    return found
