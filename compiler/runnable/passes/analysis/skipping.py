"""Which nodes may be skipped, and which failures are handled.

Needs: a verified program and the path of a node. Leaves: yes or no.
"""

from __future__ import annotations

from collections.abc import Iterator

from runnable.ir.nodes import FanOut, Graph, Loop, Node, On, Program, Switch, Task
from runnable.ir.order import handlers
from runnable.ir.walk import children


def may_be_skipped(program: Program, path: str) -> bool:
    """Whether the node at `path` is in a branch of a Switch, or in a handler of failures."""
    return any(_may_skip(node, name) for node, name in _down_to(program, path))


def is_handled(program: Program, path: str) -> bool:
    """Whether a failure of the node at `path`, or of a composite around it, has a handler."""
    return any(
        isinstance(node, Graph) and any(edge.on is On.FAILURE and edge.source == name for edge in node.edges)
        for node, name in _down_to(program, path)
    )


def _may_skip(node: Node, name: str) -> bool:
    """Whether `node` runs its child `name` only in some runs."""
    match node:
        case Switch():
            return True
        case Graph():
            return name in handlers(node)
        case Task() | FanOut() | Loop():
            return False


def _down_to(program: Program, path: str) -> Iterator[tuple[Node, str]]:
    """Every node that the node at `path` is in, from the root, with the name of its child on the way there."""
    node: Node = program.graph
    for name in path.split("."):
        yield node, name
        node = next(child for child in children(node) if child.name == name)
