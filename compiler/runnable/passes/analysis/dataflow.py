"""Where each parameter that a task reads comes from: reaching definitions, by lexical scope, over every path.

Needs: a verified program, so that edges point forward. Leaves: a `Flow`, with what is wrong in it as diagnostics.

A name resolves, for a node, to the last step before it in its own graph that returns the name; else to what the
enclosing graphs had before the composite; else to a parameter of the pipeline. Branches do not see each other. A step
that returns a name on some paths only (a Switch of which one branch does) adds to what was there before.

The result is what a compiled target wires up, so that data flows along exactly the needed edges:

    Pipeline [a -> {x}, Parallel{b1: [c(x) -> {y}], b2: [d()]}, e(y)]

    a          parameters=() outer=False producers=()
    P          producers=(a,)            P hands `a`'s outputs in ...
    P.b1.c     outer=True                ... and c takes them from what its graph was given
    e          producers=(P,)            exports: P -> (b1,), P.b1 -> (c,)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from runnable.diagnostics.codes.dataflow import ParameterOnSomePaths, VariableNotProvided
from runnable.diagnostics.codes.ordering import ReturnedByUnordered
from runnable.diagnostics.codes.programs import ContainerReadsObject
from runnable.diagnostics.codes.storage import ObjectDecides, ShellReadsObject
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.wording import nearest
from runnable.ir.nodes import BODY, ContainerRun, FanOut, Graph, Loop, Node, Program, ShellCommand, Switch, Task
from runnable.ir.walk import join
from runnable.passes.analysis.definitions import (
    NOT_PICKLED,
    Definition,
    Scope,
    names_written,
    objects_written,
    pickled_depths,
    visible_names,
)
from runnable.passes.analysis.demand import Demand
from runnable.passes.analysis.missing import Missing
from runnable.passes.analysis.scopes import Scopes, written_by
from runnable.passes.analysis.shell_names import is_of_the_system, variables_read
from runnable_runtime.deferred import dataclass


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a node's input comes from, weakest source first.

    Pipeline `parameters` by name, then whether something of what its graph was given (`outer`), then the outputs of
    siblings (`producers`, in pipeline order, so that a later one wins). A composite's `parameters` are those that it
    needs itself, such as the list of a fan-out; what is inside of it refers to the pipeline's parameters on its own.
    """

    parameters: tuple[str, ...] = ()
    outer: bool = False
    producers: tuple[str, ...] = ()


@dataclass(slots=True)
class Reaching:
    """Where one name comes from at one place: siblings (`producers`), what its graph was given, the pipeline itself.

    `gaps` are the paths on which nothing provides it; `pickled`, `unordered`: see `Definition`.
    """

    producers: tuple[str, ...] = ()
    outer: bool = False
    parameter: bool = False
    gaps: tuple[str, ...] = ()
    pickled: frozenset[int] = NOT_PICKLED
    unordered: tuple[Node, ...] = ()

    @property
    def found(self) -> bool:
        """Whether something provides it on some path."""
        return bool(self.producers) or self.outer or self.parameter


@dataclass(frozen=True, slots=True)
class Flow:
    """The data flow of a whole program, by path.

    `sources`: of every node. `exports`: for each graph or composite whose outputs are read, the children whose outputs
    make them up, in order. `collected`: for each fan-out, the names whose lists are read after its items.
    `read`: for each node, the names of its outputs that something reads. `needs`: for each node, and each graph in one,
    the names that it is to be given; the list of a fan-out only if something inside of it reads it too. `reaching`: for
    each node, and each name that it or something inside of it reads, where that comes from. `defined`: what each graph
    has written at its end.
    """

    sources: Mapping[str, Sources]
    exports: Mapping[str, tuple[str, ...]]
    collected: Mapping[str, tuple[str, ...]]
    read: Mapping[str, tuple[str, ...]]
    needs: Mapping[str, tuple[str, ...]]
    parameters_read: frozenset[str]
    reaching: Mapping[str, Mapping[str, Reaching]]
    defined: Mapping[str, Scope]
    diagnostics: tuple[Diagnostic, ...]


def analyze(program: Program) -> Flow:
    """The data flow of `program`; names that nothing provides, or not always, are among its diagnostics."""
    analysis = _Analysis(program, objects=bool(objects_written(program.graph)))
    analysis.visit(program.graph, "", [])
    demand = analysis.demand
    demand.export(program.graph, "")
    return Flow(
        sources=analysis.sources,
        exports=demand.exports,
        collected=demand.collected,
        read={path: analysis.one(names) for path, names in demand.names.items()},
        needs=analysis.needs,
        parameters_read=frozenset(analysis.parameters_read),
        reaching=analysis.reaching,
        defined=demand.defined,
        diagnostics=(*analysis.diagnostics, *demand.diagnostics),
    )


def _deciding_kind(node: Node) -> str:
    """What users call the composite `node`, if the value of a parameter decides what it does; empty for all others."""
    match node:
        case FanOut():
            return "Map"
        case Switch():
            return "Conditional"
        case Loop():
            return "Loop"
        case Task() | Graph():
            return ""


@dataclass(slots=True)
class _Place:
    """A node, with what is visible before it: its graph's own scope, inside of the `enclosing` ones."""

    node: Node
    graph_path: str
    scope: Scope
    enclosing: list[Scope]

    @property
    def path(self) -> str:
        return join(self.graph_path, self.node.name)


@dataclass(slots=True)
class _Analysis:
    program: Program
    sources: dict[str, Sources] = field(default_factory=dict)
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    demand: Demand = field(default_factory=Demand)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    parameters_read: set[str] = field(default_factory=set)
    reaching: dict[str, dict[str, Reaching]] = field(default_factory=dict)
    missing: Missing = field(init=False)
    provided: dict[str, None] = field(init=False)
    objects: bool = False
    """Whether anything is pickled."""
    tuples: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.missing = Missing(self.program)
        self.provided = dict.fromkeys(self.program.provided)

    def one(self, names: Iterable[str]) -> tuple[str, ...]:
        """`names` as a tuple, the same one for equal names: many nodes read the same."""
        found = tuple(names)
        return self.tuples.setdefault(found, found)

    def visit(self, graph: Graph, path: str, enclosing: list[Scope]) -> dict[str, None]:
        """Resolve every node of `graph`; returns the names that it needs from outside (an ordered set)."""
        scopes = Scopes(graph)
        outside: dict[str, None] = {}
        position = {node.name: index for index, node in enumerate(graph.nodes)}
        for node in graph.nodes:
            place = _Place(node, path, scopes.before(node.name), enclosing)
            inner, own = self._needed(place)
            self.sources[place.path] = self._wire(place, inner, own, position, outside)
            self.needs[place.path] = self.one(inner if isinstance(node, FanOut) else {**own, **inner})
            scopes.after(node.name, written_by(node, place.path, self.demand.defined, objects=self.objects))
        self.demand.defined[path] = scopes.at_end()
        self.needs[path] = tuple(outside)
        return outside

    # --- what each kind of node needs ---

    def _needed(self, place: _Place) -> tuple[dict[str, None], dict[str, None]]:
        """The names that a node needs from around it: for what is inside of it, and for itself."""
        node, around = place.node, [*place.enclosing, place.scope]
        match node:
            case Task():
                return {}, self._read_by(node, place)
            case Graph():
                return self.visit(node, place.path, around), {}
            case FanOut():
                return self._fan_out(node, place, around), self._required(node, [node.iterate_on], place)
            case Switch():
                inner: dict[str, None] = {}
                for branch in node.branches:
                    needed = self.visit(branch, join(place.path, branch.name), around)
                    self.sources[join(place.path, branch.name)] = Sources(outer=bool(needed))
                    inner |= needed
                return inner, self._required(node, [node.parameter], place)
            case Loop():
                return self._loop(node, place, around)

    def _fan_out(self, node: FanOut, place: _Place, around: list[Scope]) -> dict[str, None]:
        body = join(place.path, BODY)
        pickled = frozenset(depth - 1 for depth in self._resolve(node.iterate_on, place).pickled if depth > 0)
        inner = self.visit(node.body, body, [*around, {node.iterate_as: Definition((BODY,), (), pickled)}])
        self.sources[body] = Sources(outer=True)
        if node.reduce is not None:
            self.sources[join(place.path, node.reduce.name)] = Sources(producers=(BODY,))
        inner.pop(node.iterate_as, None)
        return inner

    def _loop(self, node: Loop, place: _Place, around: list[Scope]) -> tuple[dict[str, None], dict[str, None]]:
        body = join(place.path, BODY)
        first = f"the first iteration of {node.name!r}"
        pickled = pickled_depths(node.body) if self.objects else {}
        carried: Scope = {
            name: Definition((BODY,), (first,), pickled.get(name, NOT_PICKLED)) for name in names_written(node.body)
        }
        inner = self.visit(node.body, body, [*around, carried, {node.index_as: Definition((BODY,))}])
        self.sources[body] = Sources(outer=True)
        inner.pop(node.index_as, None)
        written = self.demand.defined[body]
        name = node.break_on
        for read in (*inner, name):
            if read in written:
                self.demand.of(body, read)
        condition = written.get(name)
        if condition is not None and 0 in condition.pickled:
            self.diagnostics.append(ObjectDecides(span=node.span, step=node.name, kind="Loop", parameter=name))
        own = {} if condition is not None and condition.certain else self._required(node, [name], place)
        return {name: None for name in inner if name not in carried or self._resolve(name, place).found}, own

    def _read_by(self, task: Task, place: _Place) -> dict[str, None]:
        needed = self._required(task, task.reads.required, place)
        for name in task.reads.optional:
            if (resolved := self._resolve(name, place)).found:
                needed[name] = None
                self._check_order(task, name, resolved)
        if task.reads.everything:
            needed |= dict.fromkeys(self.provided)
            needed |= dict.fromkeys(visible_names([*place.enclosing, place.scope]))
            needed = {name: None for name in needed if name not in task.reads.hidden}
        if isinstance(task.action, ShellCommand):
            self._read_by_shell(task, variables_read(task.action.command), needed, place)
        return needed

    def _read_by_shell(self, task: Task, read: Sequence[str], needed: dict[str, None], place: _Place) -> None:
        """Take objects, which cannot be variables, out of what a shell needs; report variables that it is not given."""
        objects = [name for name in needed if self._resolve(name, place).pickled] if self.objects else []
        for name in objects:
            del needed[name]
            for variable in (*(n for n in read if n == name), *(a.name for a in task.arguments if a.parameter == name)):
                self.diagnostics.append(ShellReadsObject(span=task.span, step=task.name, parameter=variable))
        for name in read:
            if name in needed and name not in task.reads.required:
                self._check_order(task, name, self._resolve(name, place))
        arguments = (one.name for one in task.arguments)
        known = {*needed, *arguments, *objects, *task.reads.required, *dict(task.options.env), *task.options.secrets}
        for name in read:
            if name not in known and (nearest(name, known) or not is_of_the_system(name)):
                self.diagnostics.append(
                    VariableNotProvided(span=task.span, step=task.name, parameter=name, visible=tuple(sorted(known)))
                )

    def _required(self, node: Node, names: Iterable[str], place: _Place) -> dict[str, None]:
        """`names`, without those that nothing provides; these, and those that are not always there, are reported."""
        needed: dict[str, None] = {}
        for name in names:
            resolved = self._resolve(name, place)
            if not resolved.found:
                visible = visible_names([*place.enclosing, place.scope])
                self.diagnostics.append(self.missing.diagnostic(node, place.path, name, visible))
                continue
            needed[name] = None
            self._check_order(node, name, resolved)
            if resolved.pickled and isinstance(node, Task) and isinstance(node.action, ContainerRun):
                self.diagnostics.append(ContainerReadsObject(span=node.span, step=node.name, parameter=name))
            if 0 in resolved.pickled and (kind := _deciding_kind(node)):
                self.diagnostics.append(ObjectDecides(span=node.span, step=node.name, kind=kind, parameter=name))
            if resolved.gaps:
                self.diagnostics.append(
                    ParameterOnSomePaths(span=node.span, step=node.name, parameter=name, gaps=resolved.gaps)
                )
        return needed

    def _check_order(self, node: Node, name: str, resolved: Reaching) -> None:
        """Report that `node` reads a name of two nodes of which nothing says which one counts."""
        if resolved.unordered:
            names, spans = [one.name for one in resolved.unordered], [one.span for one in resolved.unordered]
            self.diagnostics.append(
                ReturnedByUnordered(
                    span=node.span, step=node.name, parameter=name, returning=tuple(names), spans=tuple(spans)
                )
            )

    # --- resolution ---

    def _resolve(self, name: str, place: _Place) -> Reaching:
        found = Reaching()
        own = place.scope.get(name)
        if own is not None:
            found.producers, found.pickled, found.unordered = own.producers, own.pickled, own.unordered
            if own.certain:
                return found
            found.gaps = own.gaps
        for scope in reversed(place.enclosing):
            around = scope.get(name)
            if around is not None:
                found.outer = True
                found.pickled |= around.pickled
                found.unordered = found.unordered or around.unordered
                if around.certain:
                    found.gaps = ()
                    return found
                found.gaps = found.gaps or around.gaps
        if name in self.provided:
            found.parameter = True
            found.gaps = ()
        return found

    def _wire(
        self,
        place: _Place,
        inner: dict[str, None],
        own: dict[str, None],
        position: Mapping[str, int],
        outside: dict[str, None],
    ) -> Sources:
        """The sources of a node; what it needs from outside of its graph is added to `outside`."""
        producers: set[str] = set()
        parameters: dict[str, None] = {}
        outer = False
        reaching = self.reaching[place.path] = {}
        for name in (*own, *inner):
            resolved = reaching[name] = self._resolve(name, place)
            producers.update(resolved.producers)
            for producer in resolved.producers:
                self.demand.of(join(place.graph_path, producer), name)
            if resolved.outer:
                outer = True
                outside[name] = None
            if resolved.parameter and name in own:
                parameters[name] = None
                self.parameters_read.add(name)
        return Sources(self.one(parameters), outer, self.one(sorted(producers, key=position.__getitem__)))
