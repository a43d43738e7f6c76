"""The state of one running graph: what is ready, what can no longer run, and how the graph ends. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from runnable.diagnostics.wording import listed
from runnable.ir.nodes import Graph, Node, OfOthers, On, Task
from runnable.ir.walk import join
from runnable.semantics.collecting import Failure, ended_in_failure
from runnable.semantics.frame import Frame, key_below
from runnable.semantics.scope import Layer, Scope, merge
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Status
from runnable_runtime.values.last_words import failed_step

_LETS_RUN = {Status.SUCCEEDED: On.SUCCESS, Status.FAILED: On.FAILURE}


@dataclass(slots=True)
class GraphRun:
    """A running graph, as a `Frame`. Its members are its nodes, by their position in it.

    `given` is the scope that the graph was given.
    """

    graph: Graph
    path: str
    given: Scope
    parent: Frame | None = None
    position: int = 0
    key: tuple[int, ...] = ()
    remaining: int = 0
    halted: str = ""
    statuses: list[Status] = field(default_factory=list)
    _leaving: list[list[tuple[int, On]]] = field(default_factory=list)
    _before: list[list[int]] = field(default_factory=list)
    _waiting: list[int] = field(default_factory=list)
    _active: set[int] = field(default_factory=set)
    _held: list[int] = field(default_factory=list)
    _scopes: dict[int, Scope] = field(default_factory=dict)
    _written: Layer = field(default_factory=dict)
    _messages: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        nodes = self.graph.nodes
        self.key = key_below(self.parent, self.position)
        self.remaining = len(nodes)
        self.statuses = [Status.CREATED] * len(nodes)
        self._leaving = [[] for _ in nodes]
        self._before = [[] for _ in nodes]
        positions = {node.name: position for position, node in enumerate(nodes)}
        for edge in self.graph.edges:
            source, target = positions[edge.source], positions[edge.target]
            self._leaving[source].append((target, edge.on))
            self._before[target].append(source)
        self._waiting = [len(sources) for sources in self._before]

    @property
    def timeout(self) -> int | None:
        """See `Frame.timeout`."""
        return self.graph.timeout

    @property
    def fails_fast(self) -> bool:
        """See `Frame.fails_fast`."""
        return self.graph.fail_fast and Status.FAILED in self.statuses

    def node(self, position: int) -> Node:
        """The node at `position`."""
        return self.graph.nodes[position]

    def path_of(self, position: int) -> str:
        """The path of the node at `position`."""
        return join(self.path, self.graph.nodes[position].name)

    def place_of(self, position: int) -> tuple[int, ...]:
        """The place of the node at `position`, in the order of the graph."""
        return (*self.key, position)

    def before(self, position: int) -> Sequence[int]:
        """The nodes that have an edge to the one at `position`."""
        return self._before[position]

    def handling(self, position: int) -> tuple[int, ...]:
        """The nodes that run because the node at `position` has failed."""
        found: list[int] = [target for target, on in self._leaving[position] if on is On.FAILURE]
        for handler in found:
            found += [target for target, _ in self._leaving[handler] if target not in found]
        return tuple(found)

    def ends_in_failure(self, position: int) -> bool:
        """Whether the graph fails once the node at `position` has run."""
        return self.graph.nodes[position].name in self.graph.failing

    def first(self) -> list[int]:
        """The nodes that wait for nothing, as many as may run at one time."""
        return self._admitted([position for position, waiting in enumerate(self._waiting) if waiting == 0])

    def never(self) -> list[int]:
        """None: which nodes are skipped depends on how others end."""
        return []

    def variables(self) -> dict[str, str]:
        """None: a graph has none of its own."""
        return {}

    def scope_before(self, position: int) -> Scope:
        """What the node sees. Called once, when the node starts; the scope is kept for `end`."""
        sources = self._before[position]
        if not sources:
            scope = self.given.enter()
        elif len(sources) == 1:
            source = sources[0]
            scope = self._scopes[source]
            if self._followers(source) > 1:
                scope = scope.copy()
        else:
            scope = self._scopes[sources[0]].join(self._scopes[source] for source in sources[1:])
        self._scopes[position] = scope
        return scope

    def end(
        self, position: int, status: Status, outputs: Mapping[str, Json], message: str = ""
    ) -> tuple[list[int], list[int]]:
        """Note how a node ended and what it wrote; returns the nodes that become ready, and those that never will."""
        self.statuses[position] = status
        self._messages[position] = message
        self.remaining -= 1
        self._active.discard(position)
        if outputs:
            self._scopes[position].write(position, outputs)
            merge(self._written, ((name, (position, value)) for name, value in outputs.items()))
        ready: list[int] = []
        skipped: list[int] = []
        for target, on in self._leaving[position]:
            if self.statuses[target] is Status.SKIPPED:
                continue
            if on is _LETS_RUN.get(status):
                self._waiting[target] -= 1
                if self._waiting[target] == 0:
                    ready.append(target)
            else:
                self.statuses[target] = Status.SKIPPED
                skipped.append(target)
        return self._admitted(ready), skipped

    def _admitted(self, ready: list[int]) -> list[int]:
        """Those of the nodes that are ready, or were held back before, for which there is room."""
        most = self.graph.max_parallel
        if most is None:
            return ready
        waiting = sorted(self._held + ready)
        room = max(0, most - len(self._active))
        admitted, self._held = waiting[:room], waiting[room:]
        self._active.update(admitted)
        return admitted

    def result(self) -> tuple[Status, str]:
        """How the graph ends, once nothing remains, and why if it fails; skipped if nothing of it has run."""
        if failed := self._unhandled():
            names = [repr(self.graph.nodes[position].name) for position in failed]
            return Status.FAILED, f"{listed(names)} failed"
        if all(status is Status.SKIPPED for status in self.statuses):
            return Status.SKIPPED, ""
        if name := self._terminated():
            return Status.FAILED, ended_in_failure(name)
        return Status.SUCCEEDED, ""

    def failure(self) -> Failure:
        """The first of its nodes that made it fail, once it has."""
        for position in self._unhandled():
            node = self.graph.nodes[position]
            says = isinstance(node, Task) and not isinstance(node.action, OfOthers)  # as on Argo
            return Failure(node.name, (says and self._messages.get(position)) or failed_step(node.name))
        name = self._terminated()
        return Failure(name, ended_in_failure(name))

    def _unhandled(self) -> list[int]:
        return [p for p, status in enumerate(self.statuses) if status is Status.FAILED and not self._handled(p)]

    def _terminated(self) -> str:
        """The name of the node that has run, and ends the graph in failure."""
        for position, node in enumerate(self.graph.nodes):
            if node.name in self.graph.failing and self.statuses[position] is Status.SUCCEEDED:
                return node.name
        return ""

    def outputs(self) -> dict[str, Json]:
        """What the graph's nodes wrote, by name, in the order of the pipeline."""
        return {name: value for name, (_, value) in sorted(self._written.items(), key=lambda entry: entry[1][0])}

    def _handled(self, position: int) -> bool:
        return any(on is On.FAILURE for _, on in self._leaving[position])

    def _followers(self, position: int) -> int:
        outcome = _LETS_RUN.get(self.statuses[position])
        return sum(on is outcome for _, on in self._leaving[position])
