"""Where each parameter that a task reads comes from: reaching definitions, by lexical scope.

A name resolves, for a node, to the last step before it in its own graph that returns the name; else to what the
enclosing graphs had before the composite; else to a parameter of the pipeline. Branches do not see each other.

The result is what a compiled target wires up, so that data flows along exactly the needed edges:

    Pipeline [a -> {x}, Parallel{b1: [c(x) -> {y}], b2: [d()]}, e(y)]

    a          parameters=() outer=False producers=()
    P          producers=(a,)            P hands `a`'s outputs in ...
    P.b1.c     outer=True                ... and c takes them from what its graph was given
    e          producers=(P,)            exports: P -> (b1,), P.b1 -> (c,)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from runnable.diagnostics.codes import BranchesWriteSameName, ParameterNotProvided
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import Edge, Graph, Node, On, Program, Reads, Task
from runnable.ir.walk import join, tasks


@dataclass(frozen=True, slots=True)
class Sources:
    """What a node needs, weakest source first.

    Pipeline `parameters` by name, then whether something of what its graph was given (`outer`), then the outputs of
    siblings (`producers`, in pipeline order, so that a later one wins).
    """

    parameters: tuple[str, ...] = ()
    outer: bool = False
    producers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """The data flow of a whole program, by path.

    `sources`: of every node. `exports`: for each graph whose outputs are read, the children whose outputs make them up,
    in order.
    """

    sources: Mapping[str, Sources]
    exports: Mapping[str, tuple[str, ...]]
    diagnostics: tuple[Diagnostic, ...]


def analyze(program: Program) -> Flow:
    """The data flow of `program`; names that nothing provides are among its diagnostics."""
    analysis = _Analysis(program)
    analysis.visit(program.graph, "", [])
    analysis.export()
    return Flow(analysis.sources, analysis.exports, tuple(analysis.diagnostics))


Scope = dict[str, str]
"""Name of a parameter to the name of the sibling that wrote it last."""


@dataclass(slots=True)
class _Analysis:
    program: Program
    sources: dict[str, Sources] = field(default_factory=dict)
    exports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    final: dict[str, Scope] = field(default_factory=dict)  # by graph path: who wrote each name last
    writers: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # by graph path: all who write a name
    demanded: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))  # by path, in order

    def visit(self, graph: Graph, path: str, enclosing: list[Scope]) -> dict[str, None]:
        """Resolve every node of `graph`; returns the names that it needs from outside (an ordered set)."""
        order = {node.name: index for index, node in enumerate(graph.nodes)}
        scopes = _Scopes(graph)
        outside: dict[str, None] = {}
        final: Scope = {}
        writers: dict[str, list[str]] = defaultdict(list)
        for node in graph.nodes:
            scope = scopes.before(node.name)
            at = join(path, node.name)
            needed = self._needed(node, at, scope, enclosing)
            producers = {scope[name] for name in needed if name in scope}
            outer = {name: None for name in needed if name not in scope and _visible(name, enclosing)}
            outside |= outer
            for name in needed:
                if name in scope:
                    self.demanded[join(path, scope[name])][name] = None
            self.sources[at] = Sources(
                self._parameters(node, needed, scope, outer),
                bool(outer),
                tuple(sorted(producers, key=order.__getitem__)),
            )
            written = self._written(node, at)
            for name in written:
                writers[name].append(node.name)
                final[name] = node.name
            scopes.after(node.name, written)
        self.final[path], self.writers[path] = final, writers
        return outside

    def _needed(self, node: Node, at: str, scope: Scope, enclosing: list[Scope]) -> dict[str, None]:
        """The names that `node` takes from its surroundings, those that nothing provides reported and left out."""
        match node:
            case Graph():
                return self.visit(node, at, [*enclosing, scope])
            case Task():
                return self._read_by(node, node.reads, scope, enclosing)

    def _read_by(self, task: Task, reads: Reads, scope: Scope, enclosing: list[Scope]) -> dict[str, None]:
        visible = [*enclosing, scope]
        known = self.program.parameters
        needed: dict[str, None] = {}
        for name in reads.required:
            if name in known or _visible(name, visible):
                needed[name] = None
            else:
                self._report_missing(task, name, visible)
        for name in reads.optional:
            if name in known or _visible(name, visible):
                needed[name] = None
        if reads.everything:
            for names in (known, *visible):
                needed |= dict.fromkeys(names)
        return needed

    def _parameters(self, node: Node, needed: dict[str, None], scope: Scope, outer: dict[str, None]) -> tuple[str, ...]:
        if isinstance(node, Graph):  # its tasks refer to the pipeline's parameters themselves
            return ()
        known = self.program.parameters
        return tuple(name for name in needed if name in known and name not in scope and name not in outer)

    def _written(self, node: Node, at: str) -> tuple[str, ...]:
        match node:
            case Graph():
                return tuple(self.final[at])
            case Task():
                return tuple(r.name for r in node.returns)

    def _report_missing(self, task: Task, name: str, visible: list[Scope]) -> None:
        names = {n for scope in visible for n in scope} | set(self.program.parameters)
        later = tuple(p for p, t in tasks(self.program.graph) if any(r.name == name for r in t.returns))
        self.diagnostics.append(
            ParameterNotProvided(
                span=task.span, step=task.name, parameter=name, visible=tuple(sorted(names)), later=later
            )
        )

    def export(self) -> None:
        """From the names that are read of each graph to the children that provide them, outside in."""
        for path, graph in _graphs_outside_in(self.program.graph):
            names = self.demanded.get(path, {})
            if path == "" or not names:
                continue
            order = {node.name: index for index, node in enumerate(graph.nodes)}
            children = {self.final[path][name] for name in names}
            self.exports[path] = tuple(sorted(children, key=order.__getitem__))
            for name in names:
                self.demanded[join(path, self.final[path][name])][name] = None
                branches = self.writers[path][name]
                if len(branches) > 1 and not graph.edges:
                    self.diagnostics.append(
                        BranchesWriteSameName(
                            span=graph.span, step=graph.name, parameter=name, branches=tuple(branches)
                        )
                    )


def _visible(name: str, scopes: list[Scope]) -> bool:
    return any(name in scope for scope in scopes)


def _graphs_outside_in(graph: Graph, path: str = "") -> Iterator[tuple[str, Graph]]:
    yield path, graph
    for node in graph.nodes:
        if isinstance(node, Graph):
            yield from _graphs_outside_in(node, join(path, node.name))


class _Scopes:
    """The scope before each node of a graph. A chain shares one dictionary; only where paths part is it copied."""

    def __init__(self, graph: Graph) -> None:
        self._into: dict[str, list[Edge]] = defaultdict(list)
        self._leaving: dict[str, int] = defaultdict(int)
        for edge in graph.edges:
            self._into[edge.target].append(edge)
            self._leaving[edge.source] += 1
        self._before: dict[str, Scope] = {}
        self._after: dict[str, Scope] = {}

    def before(self, name: str) -> Scope:
        edges = self._into[name]
        if not edges:
            scope: Scope = {}
        elif len(edges) == 1:
            scope = self._along(edges[0])
        else:
            scope = {}
            for edge in edges:
                scope |= self._along(edge)
        self._before[name] = scope
        return scope

    def _along(self, edge: Edge) -> Scope:
        return self._after[edge.source] if edge.on is On.SUCCESS else self._before[edge.source]

    def after(self, name: str, written: tuple[str, ...]) -> None:
        scope = self._before[name]
        if self._leaving[name] > 1:  # a handler of this node must not see what the node wrote
            scope = dict(scope)
        for parameter in written:
            scope[parameter] = name
        self._after[name] = scope
