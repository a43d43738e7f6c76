"""Where the steps of a record stand in a program."""

from __future__ import annotations

from runnable.ir.nodes import FanOut, Graph, Loop, Node, Program, Switch, Task
from runnable.semantics.frame import AFTER_ITEMS
from runnable.semantics.plan import kind_of
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import Kind


@dataclass(frozen=True, slots=True)
class Placed:
    """A node of a run: itself, what a record calls it, and its place there."""

    node: Node
    kind: Kind
    place: tuple[int, ...]


class Places:
    """Finds nodes of one program by the paths that a record has, where items and iterations are numbers."""

    def __init__(self, program: Program) -> None:
        self.root = program.graph
        self._found: dict[str, Placed | None] = {"": Placed(program.graph, Kind.PIPELINE, ())}
        self._members: dict[int, dict[str, tuple[int, Node]]] = {}

    def find(self, path: str) -> Placed | None:
        """The node at `path`; None if the program has none there."""
        if path not in self._found:
            self._found[path] = self._below(*path.rpartition("."))
        return self._found[path]

    def _below(self, above: str, dot: str, name: str) -> Placed | None:
        """The node called `name` in that at `above`. The branch of a Conditional may have dots in its name: `1.5`."""
        parent = self.find(above)
        if parent and (member := self._member(parent.node, name)):
            position, node = member
            return Placed(node, kind_of(node, parent.kind), (*parent.place, position))
        if not dot or not above:
            return None
        further, dot, last = above.rpartition(".")
        return self._below(further, dot, f"{last}.{name}")

    def _member(self, node: Node, name: str) -> tuple[int, Node] | None:
        match node:
            case Task():
                return None
            case Graph():
                return self._by_name(node, node.nodes).get(name)
            case Switch():
                return self._by_name(node, node.branches).get(name)
            case FanOut() | Loop() if name.isdecimal():
                return int(name), node.body
            case FanOut() if node.reduce is not None and node.reduce.name == name:
                return AFTER_ITEMS, node.reduce
            case FanOut() | Loop():
                return None

    def _by_name(self, node: Node, members: tuple[Node, ...]) -> dict[str, tuple[int, Node]]:
        if id(node) not in self._members:
            self._members[id(node)] = {member.name: (at, member) for at, member in enumerate(members)}
        return self._members[id(node)]
