"""A walk through a program over the lists that are known: how often each node runs, and what becomes of each task.

It follows the rules of `semantics`, with values that may be unknown. A task that runs is assumed to succeed, and what
it returns is unknown. What depends on something unknown is visited once, for as often as it may run: the items of a
list that a task returns, the branches of a Conditional on such a value, the iterations of a Loop, a handler.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field, replace
from enum import Enum, auto

from runnable.ir.nodes import BODY, FanOut, Graph, Loop, Node, On, Program, Switch, Task
from runnable.ir.walk import join
from runnable.passes.analysis.definitions import names_written
from runnable.planning.counts import ONCE, Times
from runnable.planning.steps import PlannedSteps, Why
from runnable.planning.values import OPEN, Unknown, is_known, unknown_in
from runnable.semantics.collecting import is_enough
from runnable.semantics.scope import Scope
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import TaskFailure
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Status
from runnable_runtime.values.parameters import reduced
from runnable_runtime.values.reference import Reference, has_reference


class Does(Enum):
    """What becomes of a task: it runs, or what an earlier run returned is taken, or that depends on what is unknown."""

    RUNS = auto()
    CACHED = auto()
    PERHAPS_CACHED = auto()
    TAKEN = auto()


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one task: `outputs` and `status` of one that does not run, `run_id` has them; `why` it does."""

    does: Does = Does.RUNS
    status: Status = Status.SUCCEEDED
    outputs: Mapping[str, Json] = field(default_factory=dict)
    run_id: str = ""
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class At:
    """A place in a run: `path` as in a record, with `*` for numbers that are unknown, and `where` in the program.

    `times`: how often it is run there. `variables` are those that loops around it set.
    """

    path: str = ""
    where: str = ""
    times: Times = ONCE
    variables: Mapping[str, str] = field(default_factory=dict)
    exact: bool = True

    def below(self, name: str, where: str = "") -> At:
        """The place of a member, called `where` in the program if not by its name."""
        return replace(self, path=join(self.path, name), where=join(self.where, where or name))

    def any_of(self, times: Times) -> At:
        """The place of the members of which only it is known how often they run."""
        return replace(self.below(BODY), times=self.times * times, exact=False)

    @property
    def perhaps(self) -> At:
        """The same, if it runs at all."""
        return replace(self, times=self.times.perhaps)


@dataclass(frozen=True, slots=True)
class End:
    """How a node ends: `assumed` where a task in it runs, which may fail."""

    status: Status
    outputs: dict[str, Json] = field(default_factory=dict)
    assumed: bool = False


FateOf = Callable[[Task, At, Scope], Fate]
"""What becomes of a task at a place, which sees a scope."""
_SKIPPED = End(Status.SKIPPED)


class Expansion:
    """One walk. `steps` has what was found."""

    def __init__(self, program: Program, fate_of: FateOf) -> None:
        self.steps = PlannedSteps(program)
        self._fate_of = fate_of
        opened: dict[str, Json] = {one.name: OPEN for one in program.open}
        self.end = self._graph(program.graph, At(), Scope.of({**program.parameters, **opened}))

    def _node(self, node: Node, at: At, scope: Scope) -> End:
        self.steps.visit(at.where, at.times)
        match node:
            case Task():
                return self._task(node, at, scope)
            case Graph():
                return self._graph(node, at, scope)
            case FanOut():
                return self._fan_out(node, at, scope)
            case Switch():
                return self._switch(node, at, scope)
            case Loop():
                return self._loop(node, at, scope)

    def _task(self, task: Task, at: At, scope: Scope) -> End:
        fate = self._fate_of(task, at, scope)
        self.steps.note_fate(at.where, fate.does.name, at.times, fate.run_id, fate.why)
        if fate.does in (Does.CACHED, Does.TAKEN):
            return End(fate.status, dict(fate.outputs))
        returned: dict[str, Json] = {one.name: Unknown(f"{at.where!r} returns it") for one in task.returns}
        return End(Status.SUCCEEDED, returned, assumed=not task.is_idle)

    def _graph(self, graph: Graph, at: At, given: Scope) -> End:
        run = _Graph(graph, given)
        for position, node in enumerate(graph.nodes):
            where, certain = at.below(node.name), run.runs(position)
            if certain is False:
                run.ends[position] = _SKIPPED
                self.steps.skip(where.where, node)
                continue
            if certain is None:
                where = where.perhaps
                self.steps.note_condition(where.where, run.condition(position))
            end = self._node(node, where, run.scope_before(position))
            run.note(position, end if certain else _perhaps(end, where), certain=certain is True)
            if node.name in graph.failing and end.status is Status.SUCCEEDED:
                self.steps.note_failing(at.where, where.times)
        return run.end()

    def _fan_out(self, node: FanOut, at: At, scope: Scope) -> End:
        found, value = scope.get(node.iterate_on)
        if isinstance(value, Reference) and value.length is not None:
            value = [value.item(position) for position in range(value.length)]
        if isinstance(value, Unknown):
            self.steps.note_items(at.where, None)
            self.steps.note_condition(at.where, f"for each item of {node.iterate_on!r}: {value.source}")
            inner = scope.enter()
            inner.write(-1, {node.iterate_as: value})
            end = self._node(node.body, at.any_of(Times(0, None)), inner)
            lists: dict[str, Json] = dict.fromkeys(end.outputs, Unknown(f"{at.where!r} returns it"))
            return self._after_items(node, at, scope, [value], [replace(end, outputs=lists, assumed=True)], lists)
        if not found or isinstance(value, Reference) or not isinstance(value, list):
            if node.reduce is not None:
                self.steps.skip(join(at.where, node.reduce.name), node.reduce)
            return End(Status.FAILED)
        self.steps.note_items(at.where, value)
        if not value:
            self.steps.skip(join(at.where, BODY), node.body)
        ends = []
        for position, item in enumerate(value):
            inner = scope.enter()
            inner.write(-1, {node.iterate_as: item})
            ends.append(self._node(node.body, at.below(str(position), BODY), inner))
        good = [one for one in ends if one.status is Status.SUCCEEDED]
        collected: dict[str, Json] = {
            name: [one.outputs[name] for one in good]
            for name in names_written(node.body)
            if all(name in one.outputs for one in good)
        }
        return self._after_items(node, at, scope, value, ends, collected)

    def _after_items(
        self, node: FanOut, at: At, scope: Scope, items: list[Json], ends: list[End], lists: dict[str, Json]
    ) -> End:
        """What a fan-out makes of its items, of which each has ended as `ends` says."""
        assumed = any(one.assumed for one in ends)
        failed = sum(one.status is Status.FAILED for one in ends)
        tolerated = node.failures is not None and is_enough(len(ends) - failed, len(ends), node.min_success)
        if failed and not tolerated:
            if node.reduce is not None:
                self.steps.skip(join(at.where, node.reduce.name), node.reduce)
            return End(Status.FAILED, assumed=assumed)
        if node.reduce is not None:
            inner = scope.enter()
            inner.write(-1, lists)
            end = self._node(node.reduce, at.below(node.reduce.name), inner)
            lists, assumed = dict(end.outputs), assumed or end.assumed
        elif node.reducer is not None:
            lists = {name: _reduced(node.reducer, name, values, at.where) for name, values in lists.items()}
        if node.failures is not None:
            of = Unknown(f"it is of an item of {at.where!r} that failed")
            bad = [position for position, end in enumerate(ends) if end.status is Status.FAILED]
            known: list[Json] = [{"index": n, "item": items[n], "step": of, "error": of} for n in bad]
            lists[node.failures] = Unknown(f"it lists the items of {at.where!r} that fail") if assumed else known
        return End(Status.SUCCEEDED, lists, assumed)

    def _switch(self, node: Switch, at: At, scope: Scope) -> End:
        found, value = scope.get(node.parameter)
        if found and (isinstance(value, Unknown | Reference) or not is_known(value)):
            source = next((one.source for one in unknown_in(value)), "it is in a store")
            written: dict[str, Json] = {}
            for branch in node.branches:
                where = at.below(branch.name).perhaps
                otherwise = " or is none of the others" if branch.name == node.default else ""
                self.steps.note_condition(where.where, f"if {node.parameter!r} is {branch.name}{otherwise}: {source}")
                written |= _perhaps(self._node(branch, where, scope.enter()), where).outputs
            return End(Status.SUCCEEDED, written, assumed=True)
        names = [branch.name for branch in node.branches]
        wanted = str(value) if found and not isinstance(value, list | dict) else None
        chosen = wanted if wanted in names else node.default
        end = End(Status.FAILED)
        for branch in node.branches:
            where = at.below(branch.name)
            if branch.name == chosen:
                end = self._node(branch, where, scope.enter())
            else:
                self.steps.skip(where.where, branch)
        if chosen is None:
            self.steps.note_failing(at.where, at.times)
        return end

    def _loop(self, node: Loop, at: At, scope: Scope) -> End:
        carried: dict[str, Json] = {}
        assumed = False
        for position in range(node.max_iterations):
            inner = scope.enter()
            inner.write(-1, {**carried, node.index_as: position})
            place = at.below(str(position), BODY)
            place = replace(place, variables={**at.variables, node.index_as: str(position)})
            end = self._node(node.body, place, inner)
            carried |= end.outputs
            assumed |= end.assumed
            if end.status is not Status.SUCCEEDED:
                self.steps.note_iterations(at.where, Times(position + 1, position + 1))
                return End(end.status, assumed=assumed)
            stop = carried.get(node.break_on, scope.get(node.break_on)[1])
            left = node.max_iterations - position - 1
            if isinstance(stop, Unknown | Reference) and left:
                source = stop.source if isinstance(stop, Unknown) else "it is in a store"
                self.steps.note_condition(at.where, f"until {node.break_on!r} is true: {source}")
                carried |= self._further(node, at, scope, carried, left)
                self.steps.note_iterations(at.where, Times(position + 1, node.max_iterations))
                return End(Status.SUCCEEDED, carried, assumed=True)
            if stop is True or not left:
                self.steps.note_iterations(at.where, Times(position + 1, position + 1))
                break
        return End(Status.SUCCEEDED, carried, assumed)

    def _further(self, node: Loop, at: At, scope: Scope, carried: Mapping[str, Json], left: int) -> dict[str, Json]:
        """What the iterations write of which it is not known whether they run."""
        unknown: dict[str, Json] = dict.fromkeys(carried, Unknown(f"{at.where!r} returns it"))
        inner = scope.enter()
        inner.write(-1, {**unknown, node.index_as: Unknown(f"it is the number of the iteration of {at.where!r}")})
        place = at.any_of(Times(0, left))
        return _perhaps(self._node(node.body, place, inner), place).outputs


class _Graph:
    """The state of a graph while its nodes are gone through, as `semantics.graph_run` has it."""

    def __init__(self, graph: Graph, given: Scope) -> None:
        self._graph = graph
        self._given = given
        positions = {node.name: position for position, node in enumerate(graph.nodes)}
        self._into: list[list[tuple[int, On]]] = [[] for _ in graph.nodes]
        for edge in graph.edges:
            self._into[positions[edge.target]].append((positions[edge.source], edge.on))
        self._handled = {positions[edge.source] for edge in graph.edges if edge.on is On.FAILURE}
        self._scopes: dict[int, Scope] = {}
        self.ends: list[End] = [_SKIPPED for _ in graph.nodes]
        self._certain: set[int] = set()

    def runs(self, position: int) -> bool | None:
        """Whether a node runs; None if that is not known."""
        found: bool | None = True
        for source, on in self._into[position]:
            end = self.ends[source]
            if end.status is Status.SKIPPED:
                return False
            wanted = Status.SUCCEEDED if on is On.SUCCESS else Status.FAILED
            if end.status is not wanted:
                if not end.assumed or end.status is Status.FAILED:
                    return False
                found = None
            elif source not in self._certain:
                found = None
        return found

    def condition(self, position: int) -> str:
        """What has to happen for a node to run of which it is not known."""
        failing = [self._graph.nodes[source].name for source, on in self._into[position] if on is On.FAILURE]
        return f"if {failing[0]!r} fails" if failing else ""

    def scope_before(self, position: int) -> Scope:
        """What a node sees."""
        sources = [source for source, _ in self._into[position]]
        if not sources:
            scope = self._given.enter()
        elif len(sources) == 1:
            scope = self._scopes[sources[0]].copy()
        else:
            scope = self._scopes[sources[0]].join(self._scopes[source] for source in sources[1:])
        self._scopes[position] = scope
        return scope

    def note(self, position: int, end: End, *, certain: bool) -> None:
        """A node has ended; what follows it sees what it wrote."""
        self.ends[position] = end
        if certain:
            self._certain.add(position)
        self._scopes[position].write(position, end.outputs)

    def end(self) -> End:
        """How the graph ends."""
        written: dict[str, Json] = {}
        for end in self.ends:
            written |= end.outputs
        assumed = any(end.assumed for end in self.ends)
        failed = any(end.status is Status.FAILED and p not in self._handled for p, end in enumerate(self.ends))
        terminated = any(
            node.name in self._graph.failing and p in self._certain and self.ends[p].status is Status.SUCCEEDED
            for p, node in enumerate(self._graph.nodes)
        )
        if failed or terminated:
            return End(Status.FAILED, assumed=assumed)
        if all(end.status is Status.SKIPPED for end in self.ends):
            return _SKIPPED
        return End(Status.SUCCEEDED, written, assumed)


def _perhaps(end: End, at: At) -> End:
    """The end of what may not run: nothing of what it writes is known."""
    return End(Status.SUCCEEDED, dict.fromkeys(end.outputs, Unknown(f"{at.where!r} may return it")), assumed=True)


def _reduced(reducer: str, name: str, values: Json, where: str) -> Json:
    countable = reducer in ("len", "list") or (is_known(values) and not has_reference(values))
    if isinstance(values, list) and countable:
        with suppress(ArithmeticError, TaskFailure, TypeError, ValueError):
            return reduced(values, reducer, name, None)
    return Unknown(f"{where!r} returns it")
