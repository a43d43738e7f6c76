"""What the shell commands and notebooks in a Map are given: not the list that it runs over, unless they name it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from runnable.ir.nodes import FanOut, Graph, Loop, Node, NotebookRun, ShellCommand, Switch, Task
from runnable_runtime.deferred import pattern

_INDIRECT = pattern(r"%run|%load|\b(?:exec|eval|globals|locals|vars)\s*\(")
"""With what a notebook can read names that it does not have."""


def without_list(body: Graph, name: str, root: Path) -> Graph:
    """The body of a Map over the list `name`, whose shells and notebooks are not given the list if they do not name it.

    They are given all that they can see, so each of a thousand items would be given the list of a thousand. `root` is
    the project, which notebooks are in.
    """
    named = re.compile(rf"\b{re.escape(name)}\b")
    return _graph(body, name, lambda text: named.search(text) is None, root)


def _graph(graph: Graph, name: str, lacks: Callable[[str], bool], root: Path) -> Graph:
    return replace(graph, nodes=tuple(_without(node, name, lacks, root) for node in graph.nodes))


def _without(node: Node, name: str, lacks: Callable[[str], bool], root: Path) -> Node:
    match node:
        case Task():
            if any(one.parameter == name for one in node.arguments):
                return node
            text = _text(node, root) if node.reads.everything else None
            if text is None or not lacks(text):
                return node
            return replace(node, reads=replace(node.reads, hidden=(*node.reads.hidden, name)))
        case Graph():
            return _graph(node, name, lacks, root)
        case FanOut() | Loop():
            return replace(node, body=_graph(node.body, name, lacks, root))
        case Switch():
            return replace(node, branches=tuple(_graph(branch, name, lacks, root) for branch in node.branches))


def _text(task: Task, root: Path) -> str | None:
    """The text of a task that shows which names it reads; None for one that may read others."""
    match task.action:
        case ShellCommand(command):
            return command
        case NotebookRun(notebook):
            try:
                text = (root / notebook).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                return None
            return None if _INDIRECT.search(text) else text
        case _:
            return None
