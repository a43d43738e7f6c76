"""Scopes of the data-flow analysis: which names are defined at a place, by which nodes, and on which paths not.

Needs: a verified graph, its nodes visited in order. Leaves: a `Scope` a node, and what the whole graph writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property

from runnable.ir.nodes import BODY, Edge, FanOut, Graph, Loop, Node, On, Switch, Task
from runnable.ir.order import Order, is_line, is_parallel
from runnable.ir.walk import join
from runnable.passes.analysis.definitions import NOT_PICKLED, Definition, Scope, can_succeed, define, pickled_depths
from runnable_runtime.deferred import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """The names that a node writes, each with the paths on which it does not (`gaps`).

    `pickled`: see `pickled_depths`. `unordered`: names for which two nodes inside of it are; see `Definition`.
    """

    gaps: Mapping[str, tuple[str, ...]]
    pickled: Mapping[str, frozenset[int]] = field(default_factory=dict)
    unordered: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)


def written_by(node: Node, at: str, defined: Mapping[str, Scope], *, objects: bool) -> Written:
    """What `node`, which is at `at`, writes. `defined`: by the paths of graphs; `objects`: if any are pickled."""
    pickled = pickled_depths(node) if objects else {}
    if isinstance(node, Task):
        return Written({r.name: () for r in node.returns}, pickled)
    scopes = _at_ends(node, at, defined)
    if isinstance(node, Switch):
        gaps = define(node, scopes)
    else:
        gaps = {name: one.gaps for scope in scopes.values() for name, one in scope.items()}
        if isinstance(node, FanOut) and node.failures:
            gaps[node.failures] = ()
    unordered = {name: one.unordered for scope in scopes.values() for name, one in scope.items() if one.unordered}
    return Written(gaps, pickled, unordered)


def _at_ends(node: Graph | FanOut | Switch | Loop, at: str, defined: Mapping[str, Scope]) -> dict[str, Scope]:
    """By name, what is written at the end of the graph that `node` is, or of those in it."""
    match node:
        case Graph():
            return {node.name: defined[at]}
        case FanOut() | Loop():
            return {BODY: defined[join(at, BODY)]}
        case Switch():
            return {branch.name: defined[join(at, branch.name)] for branch in node.branches}


class Scopes:
    """The scope before each node of a graph, and at its end. A line shares one dictionary until paths part."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._is_line = is_line(graph)
        self._into: dict[str, list[Edge]] = defaultdict(list)
        self._leaving: dict[str, list[Edge]] = defaultdict(list)
        for edge in graph.edges:
            self._into[edge.target].append(edge)
            self._leaving[edge.source].append(edge)
        self._before: dict[str, Scope] = {}
        self._after: dict[str, Scope] = {}
        self._written: dict[str, Written] = {}

    @cached_property
    def _order(self) -> Order:
        return Order(self._graph)

    @cached_property
    def _nodes(self) -> dict[str, Node]:
        return {node.name: node for node in self._graph.nodes}

    def before(self, name: str) -> Scope:
        """The scope of a node whose predecessors have all been noted by `after`."""
        edges = self._into[name]
        if len(edges) == 1:
            scope = self._along(edges[0])
            if not self._is_line and sum(e.on is edges[0].on for e in self._leaving[edges[0].source]) > 1:
                scope = dict(scope)  # the nodes beside this one must not see what it writes
        else:
            scope = self._joined([self._along(edge) for edge in edges])
        self._before[name] = scope
        return scope

    def _along(self, edge: Edge) -> Scope:
        return self._after[edge.source] if edge.on is On.SUCCESS else self._before[edge.source]

    def after(self, name: str, written: Written) -> None:
        """Note what a node writes."""
        scope = self._before[name]
        leaving = self._leaving[name]
        if len(leaving) > 1 or any(edge.on is On.FAILURE for edge in leaving):
            scope = dict(scope)  # a handler of this node must not see what the node wrote
        _write(scope, name, written)
        self._after[name] = scope
        self._written[name] = written

    def at_end(self) -> Scope:
        """What the whole graph writes. Where failures are handled, a name must be there at the end of every path."""
        if not any(edge.on is On.FAILURE for edge in self._graph.edges):
            return self._of(self._graph.nodes)
        ends = {" or ".join(map(repr, names)): self._of(nodes) for names, nodes in self._ways()}
        found: Scope = {}
        for name in {name: None for scope in ends.values() for name in scope}:
            defined = {end: scope[name] for end, scope in ends.items() if name in scope}
            gaps = [f"the path that ends with {end}" for end in ends if end not in defined]
            gaps += [gap for definition in defined.values() for gap in definition.gaps]
            found[name] = self._any_of(list(defined.values()), tuple(dict.fromkeys(gaps)))
        return found

    def _any_of(self, definitions: Sequence[Definition], gaps: tuple[str, ...]) -> Definition:
        """One of `definitions` is the name's."""
        producers = {producer: None for one in definitions for producer in one.producers}
        pickled = frozenset().union(*(one.pickled for one in definitions))
        unordered = next((one.unordered for one in definitions if one.unordered), ())
        return Definition(tuple(producers), gaps, pickled, unordered)

    # --- several nodes before one, or at the end ---

    def _joined(self, scopes: Sequence[Scope]) -> Scope:
        """What is visible where all of `scopes` meet: what each of them has."""
        found: Scope = {}
        for name in {name: None for scope in scopes for name in scope}:
            definitions = [scope[name] for scope in scopes if name in scope]
            first = definitions[0]
            found[name] = first if all(one is first for one in definitions) else self._merged(name, definitions)
        return found

    def _merged(self, name: str, definitions: Sequence[Definition]) -> Definition:
        """Each of `definitions` is there; the node that is the last in the graph counts."""
        producers = {producer for one in definitions for producer in one.producers}
        scope: Scope = {}
        for producer in sorted(producers, key=self._order.position.__getitem__):
            _write(scope, producer, self._written[producer], (name,))
        gaps = () if any(one.certain for one in definitions) else scope[name].gaps
        unordered = self._unordered(name, producers) or scope[name].unordered
        return replace(scope[name], gaps=gaps, unordered=unordered)

    def _of(self, nodes: Sequence[Node]) -> Scope:
        """What `nodes` write, which all run."""
        scope: Scope = {}
        writing: dict[str, list[str]] = defaultdict(list)
        for node in nodes:
            written = self._written[node.name]
            _write(scope, node.name, written)
            for name in () if self._is_line else written.gaps:
                writing[name].append(node.name)
        for name, producers in writing.items():
            several = len(producers) > 1 and not is_parallel(self._graph)
            if several and (unordered := self._unordered(name, producers)):
                scope[name] = replace(scope[name], unordered=unordered)
        return scope

    def _unordered(self, name: str, producers: Iterable[str]) -> tuple[Node, ...]:
        """Two of `producers` of which neither runs before the other, and after which none writes `name` for certain."""
        last: list[str] = []
        certain: list[str] = []
        for producer in sorted(producers, key=self._order.position.__getitem__, reverse=True):
            if any(self._order.is_before(producer, other) for other in certain):
                continue
            if last and not self._order.is_before(producer, last[-1]):
                return self._nodes[producer], self._nodes[last[-1]]
            last.append(producer)
            if not self._written[producer].gaps[name]:
                certain.append(producer)
        return ()

    # --- the ways through a graph in which failures are handled ---

    def _ways(self) -> list[tuple[tuple[str, ...], list[Node]]]:
        """The ways on which the graph can succeed: the steps that each ends with, and all that run on it.

        One on which nothing fails, and one for each handler, on which the steps that lead to it have failed.
        """
        failed = self._failed_before()
        ends: dict[tuple[str, ...], list[Node]] = {}
        for node in self._graph.nodes:
            if not any(edge.on is On.SUCCESS for edge in self._leaving[node.name]):
                ends.setdefault(failed[node.name], []).append(node)
        found = []
        for way, last in ends.items():
            if all(node.name not in self._graph.failing and can_succeed(node) for node in last):
                nodes = [node for node in self._graph.nodes if self._runs(node.name, failed[node.name], way)]
                found.append((tuple(node.name for node in last), nodes))
        return found

    def _failed_before(self) -> dict[str, tuple[str, ...]]:
        """By node, the steps that have failed where it runs: of nested handlers there are several."""
        found: dict[str, tuple[str, ...]] = {}
        for node in self._graph.nodes:
            first = next(iter(self._into[node.name]), None)
            before = found[first.source] if first else ()
            found[node.name] = (*before, first.source) if first and first.on is On.FAILURE else before
        return found

    def _runs(self, name: str, failed: tuple[str, ...], way: tuple[str, ...]) -> bool:
        """Whether a node, which runs where the steps `failed` have, runs on a way on which those of `way` have."""
        if way[: len(failed)] != failed:
            return False
        if len(failed) == len(way):
            return True
        stopping = way[len(failed)]
        return name != stopping and not self._order.is_before(stopping, name)


def _write(scope: Scope, node: str, written: Written, names: Iterable[str] | None = None) -> None:
    """Add what `node` has written; of `names` only, if they are given."""
    for name in written.gaps if names is None else names:
        gaps = written.gaps[name]
        earlier, depths = scope.get(name), written.pickled.get(name, NOT_PICKLED)
        unordered = written.unordered.get(name, ())
        if not gaps:
            scope[name] = Definition((node,), (), depths, unordered)
        elif earlier is None:
            scope[name] = Definition((node,), gaps, depths, unordered)
        else:
            gaps = () if earlier.certain else gaps
            unordered = unordered or earlier.unordered
            scope[name] = Definition((*earlier.producers, node), gaps, earlier.pickled | depths, unordered)
