"""Scopes of the data-flow analysis: which names are defined at a place, by whom, and on which paths they are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from runnable.ir.nodes import Edge, FanOut, Graph, Loop, Node, On, Switch, Task


@dataclass(frozen=True, slots=True)
class Definition:
    """The siblings that may have written a name last, in order, and the paths on which none of them has."""

    producers: tuple[str, ...]
    gaps: tuple[str, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether the name is there on every path."""
        return not self.gaps


Scope = dict[str, Definition]


def visible_names(scopes: Iterable[Scope]) -> Iterator[str]:
    """Every name of `scopes`, outer ones first."""
    for scope in scopes:
        yield from scope


def names_written(node: Node) -> dict[str, None]:
    """The names that may be written inside of `node`, in order."""
    match node:
        case Task():
            return {r.name: None for r in node.returns}
        case Graph():
            return {name: None for inner in node.nodes for name in names_written(inner)}
        case FanOut() | Loop():
            return names_written(node.body)
        case Switch():
            return {name: None for branch in node.branches for name in names_written(branch)}


def define(switch: Switch, written: Mapping[str, Scope]) -> dict[str, tuple[str, ...]]:
    """What a switch writes: every name of a branch, with the branches that do not write it. `written`: by branch."""
    found: dict[str, tuple[str, ...]] = {}
    for name in {name: None for scope in written.values() for name in scope}:
        gaps: list[str] = []
        for branch, scope in written.items():
            definition = scope.get(name)
            if definition is None:
                gaps.append(f"branch {branch!r} of {switch.name!r}")
            else:
                gaps += definition.gaps
        found[name] = tuple(gaps)
    return found


class Scopes:
    """The scope before each node of a graph, and at its end. A chain shares one dictionary until paths part."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._into: dict[str, list[Edge]] = defaultdict(list)
        self._leaving: dict[str, list[Edge]] = defaultdict(list)
        for edge in graph.edges:
            self._into[edge.target].append(edge)
            self._leaving[edge.source].append(edge)
        self._before: dict[str, Scope] = {}
        self._after: dict[str, Scope] = {}
        self._written: dict[str, dict[str, tuple[str, ...]]] = {}

    def before(self, name: str) -> Scope:
        """The scope of a node whose predecessors have all been noted by `after`."""
        scope: Scope = {}
        edges = self._into[name]
        if len(edges) == 1:
            scope = self._along(edges[0])
        else:
            for edge in edges:
                scope |= self._along(edge)
        self._before[name] = scope
        return scope

    def _along(self, edge: Edge) -> Scope:
        return self._after[edge.source] if edge.on is On.SUCCESS else self._before[edge.source]

    def after(self, name: str, written: dict[str, tuple[str, ...]]) -> None:
        """Note what a node writes, each name with the paths on which it does not."""
        scope = self._before[name]
        if len(self._leaving[name]) > 1:  # a handler of this node must not see what the node wrote
            scope = dict(scope)
        _write(scope, name, written)
        self._after[name] = scope
        self._written[name] = written

    def at_end(self) -> Scope:
        """What the whole graph writes. Where failures are handled, a name must be there at the end of every path."""
        if not any(edge.on is On.FAILURE for edge in self._graph.edges):
            scope: Scope = {}
            for node in self._graph.nodes:
                _write(scope, node.name, self._written[node.name])
            return scope
        ends = {node.name: self._after[node.name] for node in self._graph.nodes if self._is_end(node.name)}
        found: Scope = {}
        for name in {name: None for scope in ends.values() for name in scope}:
            defined = {end: scope[name] for end, scope in ends.items() if name in scope}
            gaps = [f"the path that ends with {end!r}" for end in ends if end not in defined]
            gaps += [gap for definition in defined.values() for gap in definition.gaps]
            producers = {p: None for definition in defined.values() for p in definition.producers}
            found[name] = Definition(tuple(producers), tuple(dict.fromkeys(gaps)))
        return found

    def _is_end(self, name: str) -> bool:
        if name in self._graph.failing:
            return False
        return not any(edge.on is On.SUCCESS for edge in self._leaving[name])


def _write(scope: Scope, node: str, written: Mapping[str, tuple[str, ...]]) -> None:
    for name, gaps in written.items():
        earlier = scope.get(name)
        if not gaps:
            scope[name] = Definition((node,))
        elif earlier is None:
            scope[name] = Definition((node,), gaps)
        else:
            scope[name] = Definition((*earlier.producers, node), () if earlier.certain else gaps)
