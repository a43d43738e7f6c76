"""Going through the IR: every node with its path, and rebuilding graphs from the inside out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from sys import intern

from runnable.ir.nodes import FanOut, Graph, Loop, Node, Switch, Task


def join(path: str, name: str) -> str:
    """The path of the node `name` inside the graph at `path` (the root's path is empty). Equal ones are one object."""
    return intern(f"{path}.{name}") if path else name


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly inside of `node`, in the order of the pipeline."""
    match node:
        case Task():
            return ()
        case Graph():
            return node.nodes
        case FanOut():
            return (node.body, *([node.reduce] if node.reduce else []))
        case Switch():
            return node.branches
        case Loop():
            return (node.body,)


_WALKS: deque[tuple[Node, str, list[str], list[Node]]] = deque(maxlen=4)
"""Where the last walks began, and the paths and nodes that they have found. Nodes never change."""


def walk(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every node below `node`, which is at `path`, with its path; parents before children, in the pipeline's order."""
    for known, at, paths, nodes in _WALKS:  # every pass goes through the same program
        if known is node and at == path:
            yield from zip(paths, nodes, strict=True)
            return
    paths, nodes = [], []
    pending: list[tuple[str, Node]] = [(join(path, child.name), child) for child in reversed(children(node))]
    while pending:
        at, inner = pending.pop()
        paths.append(at)
        nodes.append(inner)
        yield at, inner
        if not isinstance(inner, Task):
            pending += [(join(at, child.name), child) for child in reversed(children(inner))]
    _WALKS.appendleft((node, path, paths, nodes))


def tasks(graph: Graph) -> Iterator[tuple[str, Task]]:
    """Every task below `graph` with its path."""
    for path, node in walk(graph):
        if isinstance(node, Task):
            yield path, node


def has_secrets(graph: Graph) -> bool:
    """Whether a task below `graph` reads secrets."""
    return any(task.options.secrets for _, task in tasks(graph))


def graphs(graph: Graph) -> Iterator[tuple[str, Graph]]:
    """`graph` itself, at the empty path, and every graph below it."""
    yield "", graph
    for path, node in walk(graph):
        if isinstance(node, Graph):
            yield path, node


def rewrite(graph: Graph, change: Callable[[Graph], Graph]) -> Graph:
    """`graph` with `change` applied to every graph in it, the inner ones first."""
    nodes = tuple(_rewrite_inside(node, change) for node in graph.nodes)
    return change(graph if nodes == graph.nodes else replace(graph, nodes=nodes))


def _rewrite_inside(node: Node, change: Callable[[Graph], Graph]) -> Node:
    match node:
        case Task():
            return node
        case Graph():
            return rewrite(node, change)
        case FanOut() | Loop():
            return replace(node, body=rewrite(node.body, change))
        case Switch():
            return replace(node, branches=tuple(rewrite(branch, change) for branch in node.branches))


def replace_nodes(graph: Graph, change: Callable[[str, Node], Node | None], path: str = "") -> Graph:
    """`graph`, which is at `path`, with nodes replaced by what `change` returns for their path and themselves.

    Where that is None the node stays, and `change` is called for the nodes inside of it: outside in.
    """
    return replace(graph, nodes=tuple(_changed(node, change, join(path, node.name)) for node in graph.nodes))


def _changed(node: Node, change: Callable[[str, Node], Node | None], path: str) -> Node:
    changed = change(path, node)
    if changed is not None:
        return changed
    match node:
        case Task():
            return node
        case Graph():
            return replace_nodes(node, change, path)
        case FanOut():
            return replace(node, body=replace_nodes(node.body, change, join(path, node.body.name)))
        case Loop():
            return replace(node, body=replace_nodes(node.body, change, join(path, node.body.name)))
        case Switch():
            branches = (replace_nodes(branch, change, join(path, branch.name)) for branch in node.branches)
            return replace(node, branches=tuple(branches))
