"""A program made ready for a run in which values may be unknown: builtin reducers aside, iterations as given."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from runnable.ir.nodes import FanOut, Loop, Node, Program
from runnable.ir.walk import join, replace_nodes, walk
from runnable.semantics.frame import Frame, program_path
from runnable.semantics.traversal import Traversal, Visitor
from runnable.simulation.known import Known, Unknown
from runnable_runtime.failures import TaskFailure
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Status
from runnable_runtime.values.parameters import reduced
from runnable_runtime.values.reference import has_reference


def prepared(program: Program, known: Known) -> Program:
    """The program with the values and iterations that are given, and without builtin reducers."""
    opened: dict[str, Json] = {one.name: Unknown("it is given when the workflow is submitted") for one in program.open}
    given = {name: known.given.returns[name] for name in opened if name in known.given.returns}
    parameters = {**opened, **program.parameters, **given}
    graph = replace_nodes(program.graph, lambda path, node: _changed(path, node, known))
    return replace(program, graph=graph, parameters=parameters, declared=())


def _changed(path: str, node: Node, known: Known) -> Node | None:
    if isinstance(node, Loop) and (number := known.iterations(path)) is not None:
        node = replace(node, max_iterations=number)
    elif not (isinstance(node, FanOut) and node.reducer is not None):
        return None
    body = replace_nodes(node.body, lambda inner, one: _changed(inner, one, known), join(path, node.body.name))
    if isinstance(node, Loop):
        return replace(node, body=body)
    return replace(node, body=body, reducer=None)


def with_lists(known: Known, program: Program) -> Known:
    """The same with a list for each number that is given for what a Map runs over: so many items."""
    lists = {node.iterate_on for _, node in walk(program.graph) if isinstance(node, FanOut)}
    returns = {
        name: list(range(value)) if name in lists and type(value) is int and value >= 0 else value
        for name, value in known.given.returns.items()
    }
    return replace(known, given=replace(known.given, returns=returns))


class ReducingTraversal(Traversal):
    """A traversal of a program of `prepared`, which applies the reducers of `original` where they can be applied."""

    def __init__(self, program: Program, original: Program, known: Known, visitor: Visitor) -> None:
        super().__init__(program, visitor, _no_load)
        self._known = known
        self._reducers = {
            path: node.reducer
            for path, node in walk(original.graph)
            if isinstance(node, FanOut) and node.reducer is not None
        }

    def end(self, frame: Frame, position: int, status: Status, outputs: Mapping[str, Json], message: str = "") -> None:
        """See `Traversal.end`."""
        if outputs and self._reducers and isinstance(node := frame.node(position), FanOut):
            where = join(program_path(frame), node.name)
            if (reducer := self._reducers.get(where)) is not None:
                collected = {name: value for name, value in outputs.items() if name != node.failures}
                found = {name: self._reduced(reducer, name, value, where) for name, value in collected.items()}
                outputs = {**outputs, **found}
        super().end(frame, position, status, outputs, message)

    def _reduced(self, reducer: str, name: str, values: Json, where: str) -> Json:
        if name in self._known.given.returns:
            return self._known.given.returns[name]
        countable = reducer in ("len", "list") or not (
            has_reference(values) or any(isinstance(value, Unknown) for value in values)
        )
        if countable:
            with suppress(ArithmeticError, TaskFailure, TypeError, ValueError):
                return reduced(values, reducer, name, None)
        return Unknown(f"{where!r} reduces it")


def _no_load(values: Json, name: str) -> Json:
    return values
