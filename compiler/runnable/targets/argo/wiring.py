"""The parts that all DAG templates are made of: names and conditions for a graph's nodes, calls, inputs and outputs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from runnable.ir.nodes import Edge, Graph, On
from runnable.ir.order import Order, handlers, is_line
from runnable.targets.argo import expressions
from runnable.targets.argo.api import models
from runnable.targets.argo.expressions import CODE, INPUT, OUTPUT, OVER, SPEC, Kept, Output
from runnable.targets.argo.names import Names, within
from runnable_runtime.deferred import dataclass
from runnable_runtime.fused.spec import FusedSpec
from runnable_runtime.protocol import TaskSpec


class Dag:
    """One graph, which is at `path`, with Argo's names for its nodes."""

    def __init__(self, graph: Graph, path: str) -> None:
        self.graph = graph
        self.nodes = {node.name: node for node in graph.nodes}
        self._taken = Names()
        self.names = {node.name: self._taken.new(within(node.name, path)) for node in graph.nodes}
        self.into: dict[str, list[Edge]] = defaultdict(list)
        for edge in graph.edges:
            self.into[edge.target].append(edge)
        self.handles_failures = any(edge.on is On.FAILURE for edge in graph.edges)
        """Whether a node's failure is followed by something."""

    def new(self, text: str) -> str:
        """A name for a task that is no node of the graph."""
        return self._taken.new(text)

    def depends(self, name: str) -> str | None:
        """The condition for a node to start."""
        return " && ".join(self._condition(edge) for edge in self.into[name]) or None

    def _condition(self, edge: Edge) -> str:
        source = self.names[edge.source]
        match edge.on:
            case On.SUCCESS:
                return f"{source}.Succeeded"
            case On.FAILURE:
                return f"({source}.Failed || {source}.Errored)"

    def any_of(self, nodes: Iterable[str]) -> str:
        """The condition that one of `nodes` has succeeded."""
        return " || ".join(f"{self.names[name]}.Succeeded" for name in nodes)

    def last(self) -> tuple[str, ...]:
        """The nodes that nothing follows when they succeed."""
        followed = {edge.source for edge in self.graph.edges if edge.on is On.SUCCESS}
        return tuple(node.name for node in self.graph.nodes if node.name not in followed)

    def forks(self) -> bool:
        """Whether nodes run beside each other: then one's failure must not keep the others from starting."""
        return self.handles_failures or not is_line(self.graph)

    def none_failed(self) -> str:
        """The condition that no node has failed without a handler, of a graph in which nodes run beside each other."""
        order = Order(self.graph)
        handled = [edge.source for edge in self.graph.edges if edge.on is On.FAILURE]
        only_then = handlers(self.graph)
        left_out = [node.name for node in self.graph.nodes if node.name in only_then]
        always = [name for name in self.last() if name not in {*handled, *left_out}]
        always = [name for name in always if not any(order.is_before(one, name) for one in handled)]
        conditions = []
        for node in self.graph.nodes:
            name = self.names[node.name]
            if node.name in always:
                conditions.append(f"{name}.Succeeded")
            elif node.name not in handled and not any(order.is_before(node.name, one) for one in always):
                conditions.append(f"({name}.Succeeded || {name}.Omitted)")
        return " && ".join(conditions)


def call(
    name: str,
    template: str,
    depends: str | None = None,
    spec: TaskSpec | FusedSpec | None = None,
    lines: Iterable[str] = (),
    when: str | None = None,
    over: Iterable[str] = (),
    code: str = "",
) -> models.DAGTask:
    """A task of a DAG that calls `template` with the input `lines`, and the lines with a fan-out's list, `over`.

    `code`: what the step's key in Argo's cache begins with, of one that is looked up.
    """
    parameters = [models.Parameter(name=CODE, value=code)] if code else []
    if spec is not None:
        parameters.append(models.Parameter(name=SPEC, value=expressions.spec_text(spec.to_json())))
    if text := "\n".join(lines):
        parameters.append(models.Parameter(name=INPUT, value=text))
    if text := "\n".join(over):
        parameters.append(models.Parameter(name=OVER, value=text))
    arguments = models.Arguments(parameters=parameters) if parameters else None
    return models.DAGTask(name=name, template=template, depends=depends, arguments=arguments, when=when)


def inputs(**more: str) -> models.Inputs:
    """The input that every DAG with data takes, and `more` with their defaults."""
    names = {INPUT: "", **more}
    return models.Inputs(parameters=[models.Parameter(name=name, default=text) for name, text in names.items()])


def joined(tasks: Mapping[Output, Kept | None]) -> models.Outputs:
    """The output that has the lines of `tasks`, or what is kept of them."""
    return output(expressions.joined_outputs(tasks))


def output(expression: str) -> models.Outputs:
    """The output that `expression` (no tag) gives."""
    value = models.ValueFrom(expression=expression, default="")
    return models.Outputs(parameters=[models.Parameter(name=OUTPUT, value_from=value)])


def collected(task: str) -> models.Outputs:
    """The output that has the list of what the items of the fan-out task `task` returned."""
    value = models.ValueFrom(parameter=expressions.results_of(task), default="[]")
    return models.Outputs(parameters=[models.Parameter(name=OUTPUT, value_from=value)])


@dataclass(frozen=True, slots=True)
class Inside:
    """The fan-outs and loops around a node, and what the DAG that it is in is given.

    `indices` has the names of the iteration numbers of all loops: every task gets them. `items` has the fan-outs, from
    the outermost one, each with the name of its item and that of its list: every task gets to know the number of its
    item, and how many there are. `given` are the names that the DAG's input may have lines of. `by_position`: there can
    be lists, in the store or made by a reducer, whose items are known by their positions.
    """

    indices: tuple[str, ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    given: frozenset[str] = frozenset()
    by_position: bool = False

    @property
    def always(self) -> bool:
        """Whether every task gets something of the input of the DAG that it is in."""
        return bool(self.indices or self.items)

    def graph(self, names: Iterable[str]) -> Inside:
        """Inside of a graph or composite that is given `names`."""
        return replace(self, given=frozenset(names) | frozenset(self.indices))

    def loop(self, index: str, carried: Iterable[str]) -> Inside:
        """Inside of a loop, too, of which each iteration is given what the ones before it returned."""
        return replace(self, indices=(*self.indices, index), given=self.given.union(carried, {index}))

    def item(self, name: str, over: str) -> Inside:
        """Inside of a fan-out, too."""
        return replace(self, items=(*self.items, (name, over)), given=self.given | {name})

    def line(self, names: Iterable[str], lists: Iterable[str] = ()) -> str:
        """What a node that needs `names`, and `lists` for their items, is given of the DAG's input."""
        needed = {*names, *self.indices}
        found = set(lists)
        for item, over in reversed(self.items):
            if self.by_position and (item in needed or item in found):
                found.add(over)
        if self.given <= needed:
            return expressions.GIVEN_INPUT
        kept = Kept(tuple(sorted(needed & self.given)), tuple(sorted(found - needed)), numbers=bool(self.items))
        return expressions.tag(kept.of(expressions.INPUT_TEXT))
