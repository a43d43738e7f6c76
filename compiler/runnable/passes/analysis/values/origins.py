"""Which values can reach a name at a place, and which step or parameter each comes from.

Needs: a verified program, its `Flow` and its functions. Leaves: `Origins`, which finds them when asked.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from functools import partial
from typing import Any

from runnable.diagnostics.span import Span
from runnable.ir.nodes import BODY, FanOut, Graph, Loop, Node, Program, PythonCall, Reduce, Switch, Task
from runnable.ir.walk import join, walk
from runnable.passes.analysis.dataflow import Flow
from runnable.passes.analysis.values.returned import outputs, written
from runnable.passes.analysis.values.value import (
    ANYTHING,
    BOOLEANS,
    Exactly,
    Instance,
    ListOf,
    NotJson,
    Object,
    OneOf,
    Scalar,
    TupleOf,
    Unknown,
    Value,
    members,
    one_of,
    opened,
    shown,
)
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import REDUCERS
from runnable_runtime.values.annotations import is_opaque
from runnable_runtime.values.callables import NotWritten
from runnable_runtime.values.conversion import shown_type
from runnable_runtime.values.returns import split_annotation
from runnable_runtime.values.signature import returned_annotation

Functions = Mapping[str, Callable[..., Any]]
_MOST_ITEMS = 100
"""How many items of a list in the parameters are checked."""


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """A value that can reach a place. `describe` says where it comes from; it is called only if something is wrong.

    `parameter` is the parameter of the pipeline that the value is, or is an item of. `certain`: no other value can be
    there instead. `collected`: it is the list of a fan-out. `json_of`: the step that returns it as JSON.
    """

    value: Value
    describe: Callable[[], str]
    parameter: str = ""
    certain: bool = True
    collected: bool = False
    json_of: str = ""

    @property
    def text(self) -> str:
        """Where it comes from, for a message."""
        return self.describe()


@dataclass(frozen=True, slots=True)
class Returned:
    """What a function is annotated to return, as a step with so many returns has it (see `returned.outputs`)."""

    annotation: object
    values: tuple[Value, ...] | int


@dataclass(slots=True)
class Origins:
    """The origins of names. They are found when needed; a function's annotations are read once."""

    program: Program
    flow: Flow
    functions: Functions
    types: Mapping[str, object] = field(default_factory=dict)
    """The types of declared parameters, for those that have no value yet."""
    _nodes: dict[str, Node] = field(default_factory=dict)
    _given: dict[str, Origin] = field(default_factory=dict)
    _outputs: dict[tuple[str, str], list[Origin]] = field(default_factory=dict)
    _returned: dict[tuple[str, int], Returned | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._nodes = dict(walk(self.program.graph))

    def read(self, path: str, name: str) -> list[Origin]:
        """What the node at `path` can find under `name`; nothing, if it does not read the name."""
        reached = self.flow.reaching.get(path, {}).get(name)
        if reached is None:
            return []
        graph = path.rpartition(".")[0]
        found = [origin for producer in reached.producers for origin in self.output(join(graph, producer), name)]
        if reached.outer:
            found += self._around(graph, name)
        if reached.parameter:
            found.append(self._parameter(name))
        several = bool(reached.producers) + reached.outer + reached.parameter > 1
        return [replace(origin, certain=False) for origin in found] if several else found

    def declared(self, name: str) -> Value | None:
        """What a declared parameter of the pipeline can be, by its type."""
        return written(self.types[name]) if name in self.types else None

    def _parameter(self, name: str) -> Origin:
        if name not in self._given and name not in self.program.parameters:
            declared = next(one for one in self.program.declared if one.name == name)
            value = self.declared(name) or ANYTHING
            at = f" ({declared.span.display()})" if declared.span else ""
            self._given[name] = Origin(value, lambda: f"the parameter {name!r} is declared as {declared.type}{at}")
        elif name not in self._given:
            value = Exactly(self.program.parameters[name])
            self._given[name] = Origin(value, lambda: f"the parameter {name!r} is {shown(value)}", parameter=name)
        return self._given[name]

    def _around(self, graph: str, name: str) -> list[Origin]:
        """What the graph at the path `graph` was given under `name`."""
        above, _, last = graph.rpartition(".")
        owner = self._nodes.get(above)
        match owner:
            case FanOut() if last == BODY:
                return self._items(above, owner) if name == owner.iterate_as else self.read(above, name)
            case Loop():
                if name == owner.index_as:
                    return [Origin(Scalar.INTEGER, lambda: f"{name!r} is the number of the iteration")]
                if name not in self.flow.defined[graph]:
                    return self.read(above, name)
                first = [replace(origin, certain=False) for origin in self.read(above, name)]
                return [*self.output(graph, name), *first]
            case Switch():
                return self.read(above, name)
            case Task() | Graph() | FanOut() | None:
                return self.read(graph, name)

    def _items(self, path: str, fan_out: FanOut) -> list[Origin]:
        """What an item of the fan-out at `path` can be."""
        found: list[Origin] = []
        for origin in self.read(path, fan_out.iterate_on):
            items: list[Value] = []
            match opened(origin.value):
                case TupleOf(several):
                    items += several[:_MOST_ITEMS]
                case value:
                    items.append(one_of([item for member in members(value) for item in _items_of(member)]))
            for item in items:
                describe = partial(_describe_item, fan_out.iterate_on, item, origin)
                found.append(Origin(item, describe, origin.parameter, origin.certain))
        return found

    def output(self, path: str, name: str) -> list[Origin]:
        """What the node at `path` writes under `name`."""
        key = (path, name)
        found = self._outputs.get(key)
        if found is None:
            found = self._outputs[key] = list(self._output(path, self._nodes[path], name))
        return found

    def _output(self, path: str, node: Node, name: str) -> Iterator[Origin]:
        match node:
            case Task():
                yield self._task_output(node, name)
            case Graph():
                for producer in self.flow.defined[path][name].producers:
                    yield from self.output(join(path, producer), name)
            case Switch():
                for branch in node.branches:
                    if name in self.flow.defined[join(path, branch.name)]:
                        yield from self.output(join(path, branch.name), name)
            case Loop():
                yield from self.output(join(path, BODY), name)
            case FanOut() if name == node.failures:
                yield Origin(ListOf(ANYTHING), lambda: f"{node.name!r} lists in it the items that failed")
            case FanOut():
                yield self._collected(node, name, self.output(join(path, BODY), name))

    # --- what steps return ---

    def returned(self, task: Task) -> Returned | None:
        """What the function of a Python task is annotated to return; None if it is not, or is not to be relied on."""
        if not isinstance(task.action, PythonCall):
            return None
        key = (f"{task.action.module}:{task.action.name}", len(task.returns))
        if key not in self._returned:
            self._returned[key] = None
            function = self.functions.get(key[0])
            annotation = NotWritten if function is None else returned_annotation(function)
            if annotation is not NotWritten:
                self._returned[key] = Returned(annotation, outputs(annotation, key[1]))
        return self._returned[key]

    def _task_output(self, task: Task, name: str) -> Origin:
        returned = self.returned(task)
        position = next(index for index, declared in enumerate(task.returns) if declared.name == name)
        kind = task.returns[position].kind
        json_of = task.name if kind in ("json", "metric") else ""
        if returned is None or isinstance(returned.values, int):
            return Origin(ANYTHING, lambda: f"{task.name!r} returns it", json_of=json_of)
        value, annotation = returned.values[position], returned.annotation
        if kind == "object":
            value = _object(split_annotation(annotation, len(task.returns))[position])
        if value is ANYTHING or kind == "auto":
            return Origin(ANYTHING, lambda: f"{task.name!r} returns it", json_of=json_of)

        def said() -> str:
            return f"{task.name!r} returns {shown(value)} ({self.annotated(task, annotation)})"

        return Origin(value, said, json_of=json_of)

    def annotated(self, task: Task, annotation: object) -> str:
        """What a task's function is annotated to return, for a message: ``FILE:LINE name() -> TYPE``."""
        return f"{self.function(task)} -> {shown_type(annotation)}"

    def function(self, task: Task) -> str:
        """The function of a task for a message: ``FILE:LINE name()``."""
        action = task.action
        if not isinstance(action, PythonCall):
            return ""
        code = getattr(self.functions.get(f"{action.module}:{action.name}"), "__code__", None)
        place = f"{Span(code.co_filename, code.co_firstlineno).display()} " if code else ""
        return f"{place}{action.name}()"

    # --- what fan-outs collect ---

    def _collected(self, node: FanOut, name: str, each: list[Origin]) -> Origin:
        item = one_of([origin.value for origin in each])
        describe = partial(_describe_all, each)
        if node.reduce is not None:
            return self._reduced(node, node.reduce, name, each)
        if node.reducer is None:
            said = f"{node.name!r} makes a list of what its items return"
            json_of = each[0].json_of if each and all(origin.json_of for origin in each) else ""
            return Origin(ListOf(item), lambda: f"{said}; {describe()}", collected=True, json_of=json_of)
        value = built_in(node.reducer, item)
        return Origin(value, lambda: f"{node.name!r} reduces it with {node.reducer}, to {shown(value)}; {describe()}")

    def _reduced(self, node: FanOut, reduce: Task, name: str, each: list[Origin]) -> Origin:
        target = reduce.action.of(name) if isinstance(reduce.action, Reduce) else ""
        if target in REDUCERS:
            return self._collected(replace(node, reduce=None, reducer=None if target == "list" else target), name, each)
        function = self.functions.get(target)
        if any(declared.name == name and declared.kind in ("object", "auto") for declared in reduce.returns):
            function = None
        annotation = NotWritten if function is None else returned_annotation(function)
        value = ANYTHING if annotation is NotWritten else written(annotation)
        return Origin(value, lambda: f"{node.name!r} reduces it to {shown(value)} (-> {shown_type(annotation)})")


def _object(annotation: object) -> Value:
    """What is pickled, where it is annotated so: its class is known if it is a single one."""
    kind = typing.get_origin(annotation) or annotation
    return Instance(kind) if isinstance(kind, type) and is_opaque(kind) else ANYTHING


def _describe_all(origins: list[Origin]) -> str:
    return " and ".join(origin.text for origin in origins[:2])


def _describe_item(iterate_on: str, item: Value, origin: Origin) -> str:
    return f"an item of {iterate_on!r} is {shown(item)}; {origin.text}"


def _items_of(value: Value) -> list[Value]:
    match opened(value):
        case ListOf(item):
            return [item]
        case TupleOf(items):
            return list(items)
        case Exactly() | Scalar():
            return []
        case Object() | NotJson() | Instance() | Unknown() | OneOf():
            return [ANYTHING]


def built_in(reducer: str, item: Value) -> Value:
    """What the builtin `reducer`, of `runnable_runtime.protocol.REDUCERS`, makes of a list of `item`."""
    match reducer:
        case "len":
            return Scalar.INTEGER
        case "all" | "any":
            return BOOLEANS
        case "max" | "min":
            return item
        case "sum":
            numbers = {Scalar.INTEGER, Scalar.NUMBER}
            return item if isinstance(item, Scalar) and item in numbers else ANYTHING
        case _:
            return ListOf(item)
