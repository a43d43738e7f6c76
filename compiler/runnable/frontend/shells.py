"""What the shell commands in a Map are given: not the list that it runs over, unless they name it."""

from __future__ import annotations

import re
from dataclasses import replace

from runnable.ir.nodes import FanOut, Graph, Loop, Node, ShellCommand, Switch, Task


def without_list(body: Graph, name: str) -> Graph:
    """The body of a Map over the list `name`, whose shell commands are not given the list if they do not name it.

    A shell is given all that it can see, so each of a thousand items would be given the list of a thousand.
    """
    return replace(body, nodes=tuple(_without(node, name) for node in body.nodes))


def _without(node: Node, name: str) -> Node:
    match node:
        case Task(action=ShellCommand(command)) if not re.search(rf"\b{re.escape(name)}\b", command):
            return replace(node, reads=replace(node.reads, hidden=(*node.reads.hidden, name)))
        case Task():
            return node
        case Graph():
            return without_list(node, name)
        case FanOut() | Loop():
            return replace(node, body=without_list(node.body, name))
        case Switch():
            return replace(node, branches=tuple(without_list(branch, name) for branch in node.branches))
