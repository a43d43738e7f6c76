"""Explains a name that nothing provides where it is read: which step returns it, and why it does not get there.

Needs: a program, and a name that is read and not provided. Leaves: the diagnostic for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import field

from runnable.diagnostics.codes.dataflow import ParameterNotProvided, ReturnNeverSet, Where
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import (
    ContainerRun,
    FanOut,
    Fused,
    Graph,
    Loop,
    Node,
    NotebookRun,
    Nothing,
    Program,
    PythonCall,
    Question,
    Reduce,
    ShellCommand,
    Switch,
    Task,
)
from runnable.ir.order import handlers, is_parallel, nodes_after
from runnable.ir.others import HttpRequest, TemplateCall
from runnable.ir.walk import children, join, tasks, walk
from runnable_runtime.deferred import dataclass


@dataclass(slots=True)
class Missing:
    """Explains missing names in a program; its steps are searched when the first one is missing."""

    program: Program
    _returning: dict[str, list[tuple[str, Task]]] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set)

    def diagnostic(self, node: Node, path: str, name: str, visible: Iterable[str]) -> Diagnostic:
        """The diagnostic where the node at `path` reads `name`; `visible` are the names that it could read."""
        if isinstance(node, Task) and (never := _never_set(node, name)):
            return never
        self._look()
        found = ParameterNotProvided(span=node.span, step=node.name, parameter=name, argument=_argument(node, name))
        if isinstance(node, Loop):
            inside = {returned.name for _, task in tasks(node.body) for returned in task.returns}
            return found.replace(loop=True, visible=tuple(sorted(inside)))
        known = sorted({*visible, *self.program.provided})
        found = found.replace(visible=tuple(known), unread=tuple(n for n in known if n not in self._read))
        for other, task in self._returning.get(name, ()):
            if other != path:
                where, around = self._where(path.split("."), other.split("."))
                at = f" ({task.span.display()})" if task.span else ""
                return found.replace(returned_by=f"{task.name!r}{at}", where=where, around=around)
        return found

    def _look(self) -> None:
        if self._returning:
            return
        self._returning = defaultdict(list)
        for path, node in walk(self.program.graph):
            match node:
                case Task():
                    self._read.update(node.reads.required, node.reads.optional)
                    for returned in node.returns:
                        self._returning[returned.name].append((path, node))
                case FanOut():
                    self._read.add(node.iterate_on)
                case Switch():
                    self._read.add(node.parameter)
                case Loop():
                    self._read.add(node.break_on)
                case Graph():
                    pass

    def _where(self, reader: list[str], other: list[str]) -> tuple[Where, str]:
        """Where the node at the path `other` is, seen from that at `reader`, and the composite that both are in."""
        node: Node = self.program.graph
        path = ""
        while reader[0] == other[0] and len(reader) > 1 and len(other) > 1:
            path = join(path, reader[0])
            node = next(child for child in children(node) if child.name == reader[0])
            reader, other = reader[1:], other[1:]
        mine, its = reader[0], other[0]
        if not isinstance(node, Graph) or is_parallel(node):
            return "beside", node.name
        if mine in nodes_after(node, its):
            return ("failed", "") if mine in handlers(node) else ("inside", "")
        if its in nodes_after(node, mine):
            return "after", ""
        return ("beside", node.name) if {mine, its} & handlers(node) else ("unordered", its)


def _argument(node: Node, name: str) -> str:
    """The argument of the task `node` that is the parameter `name`."""
    return next((one.name for one in node.arguments if one.parameter == name), "") if isinstance(node, Task) else ""


def _never_set(task: Task, name: str) -> Diagnostic | None:
    """The diagnostic if `task` both reads and returns `name`, and does not set it itself (see `Reads`)."""
    if all(returned.name != name for returned in task.returns):
        return None
    match task.action:
        case NotebookRun(path):
            return ReturnNeverSet(span=task.span, step=task.name, parameter=name, notebook=path)
        case ShellCommand():
            return ReturnNeverSet(span=task.span, step=task.name, parameter=name)
        case PythonCall() | Reduce() | Nothing() | ContainerRun() | Fused():
            return None  # what these return is not what they were given
        case Question() | TemplateCall() | HttpRequest():
            return None
