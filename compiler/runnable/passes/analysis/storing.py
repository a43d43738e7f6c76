"""Which tasks of a program need a store, and the program as it runs without one.

Needs: any program. Leaves: the tasks that need a store; from `without_files` a program that moves no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runnable.ir.nodes import NO_FILES, Graph, Node, Program, Task
from runnable.ir.walk import rewrite, tasks


def store_needs(program: Program, *, files: bool) -> Iterator[tuple[Task, str]]:
    """The tasks that need a store, and what for; with `files`, also those that only get or put files."""
    for _, task in tasks(program.graph):
        objects = [returned.name for returned in task.returns if returned.kind in ("object", "auto")]
        if objects:
            yield task, f"returns {', '.join(map(repr, objects))} pickled"
        elif files and task.files != NO_FILES:
            moved = [*(("gets", text) for text in task.files.get), *(("puts", text) for text in task.files.put)]
            yield task, " and ".join(f"{verb} {text!r}" for verb, text in moved[:2])


def without_files(program: Program) -> Program:
    """`program` with no task that gets or puts files."""
    at_exit = rewrite(program.at_exit, _without_files) if program.at_exit is not None else None
    return replace(program, graph=rewrite(program.graph, _without_files), at_exit=at_exit)


def _without_files(graph: Graph) -> Graph:
    def without(node: Node) -> Node:
        return replace(node, files=NO_FILES) if isinstance(node, Task) and node.files != NO_FILES else node

    return replace(graph, nodes=tuple(without(node) for node in graph.nodes))
