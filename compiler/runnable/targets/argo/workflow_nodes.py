"""How many nodes a workflow has, which it keeps to its end: known without Hera's models."""

from __future__ import annotations

from runnable.ir.nodes import FanOut, Graph, Loop, Node, Question, Switch, Task
from runnable.ir.others import TemplateCall


def least_nodes(node: Node) -> int:
    """How many nodes a workflow has at least after `node` has run: no items, one iteration, the smallest branch."""
    match node:
        case Task():
            looks = isinstance(node.action, Question) or (isinstance(node.action, TemplateCall) and bool(node.returns))
            return 2 + looks if node.has_own_dag else 1
        case Graph():
            return 1 + sum(map(least_nodes, node.nodes))
        case FanOut():
            more = 1 + bool(node.min_success) if node.failures else 0
            return 2 + more + (node.reduce is not None)
        case Switch():
            return 1 + len(node.branches) + min(map(least_nodes, node.branches))
        case Loop():
            return 2 + least_nodes(node.body)
