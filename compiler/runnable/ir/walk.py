"""Going through the IR: every node with its path, and rebuilding graphs from the inside out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runnable.ir.nodes import Graph, Node, Task


def join(path: str, name: str) -> str:
    """The path of the node `name` inside the graph at `path` (the root's path is empty)."""
    return f"{path}.{name}" if path else name


def walk(graph: Graph, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every node below `graph` with its path, parents before children, in the order of the pipeline."""
    pending: list[tuple[str, Node]] = [(join(path, node.name), node) for node in reversed(graph.nodes)]
    while pending:
        at, node = pending.pop()
        yield at, node
        match node:
            case Graph():
                pending += [(join(at, child.name), child) for child in reversed(node.nodes)]
            case Task():
                pass


def tasks(graph: Graph) -> Iterator[tuple[str, Task]]:
    """Every task below `graph` with its path."""
    for path, node in walk(graph):
        if isinstance(node, Task):
            yield path, node


def graphs(graph: Graph) -> Iterator[tuple[str, Graph]]:
    """`graph` itself, at the empty path, and every graph below it."""
    yield "", graph
    for path, node in walk(graph):
        if isinstance(node, Graph):
            yield path, node


def rewrite(graph: Graph, change: Callable[[Graph], Graph]) -> Graph:
    """`graph` with `change` applied to every graph in it, the inner ones first."""
    from dataclasses import replace

    nodes = tuple(rewrite(node, change) if isinstance(node, Graph) else node for node in graph.nodes)
    return change(graph if nodes == graph.nodes else replace(graph, nodes=nodes))
