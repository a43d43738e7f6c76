"""What the object that a workflow is kept in has room for: known before it runs, as far as lists and shapes are.

Every item of a fan-out is a node of the workflow at least, with its own text where it is short, and what it returns is
kept in its node, in the outputs of the composites around it, and in the input of each reader.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from math import ceil

from runnable.diagnostics.codes.targets import TooLarge
from runnable.ir.nodes import (
    BODY,
    FanOut,
    Graph,
    Loop,
    Node,
    Podless,
    Program,
    ShellCommand,
    Switch,
    Task,
)
from runnable.ir.walk import children, join, tasks, walk
from runnable.passes.analysis.dataflow import Flow, Reaching
from runnable.targets.argo.workflow_nodes import least_nodes
from runnable_runtime.protocol import Fan, Json, Room
from runnable_runtime.stores.room import compressed, items_size
from runnable_runtime.values.parameters import encode
from runnable_runtime.values.texts import json_bytes

MOST = 1024 * 1024
"""Bytes that a controller lets a workflow have."""
STUB, POD = 65, 95
"""Bytes of a node's state, compressed: measured at 1,000 items, with their edges."""
_TASK, _SPEC = 1_500, 20_000
"""Bytes of a task in a manifest, which a workflow has twice, and of what is in it beside them."""
_LONGEST = 8 * 1024 * 4 // 3
"""Bytes of a state that a value takes at most where there is a store, which takes longer ones (`stores.storage`)."""
_NOWHERE = Reaching()


class Rooms:
    """What there is room for, for the tasks of one program.

    Where there is a store (`stored`), what is available is divided among all tasks that return something: what exceeds
    a share goes there. Without one that would refuse what fits, since few return as much as they may: a value of a
    fan-out's task has to fit by itself then, and other tasks have no share.
    """

    def __init__(self, program: Program, flow: Flow, *, stored: bool) -> None:
        self.program = program
        self.flow = flow
        self.stored = stored
        self._fan_outs = [(path, node) for path, node in walk(program.graph) if isinstance(node, FanOut)]

    @cached_property
    def _around(self) -> dict[str, tuple[tuple[str, Node], ...]]:
        """By the path of a node, the composites around it with theirs, from the outermost one."""
        found: dict[str, tuple[tuple[str, Node], ...]] = {}

        def note(node: Node, path: str, around: tuple[tuple[str, Node], ...]) -> None:
            for child in children(node):
                at = join(path, child.name)
                found[at] = around
                note(child, at, (*around, (at, child)))

        note(self.program.graph, "", ())
        return found

    @cached_property
    def available(self) -> int:
        """Bytes for the values and items of the program, compressed."""
        found = [task for _, task in tasks(self.program.graph)]
        commands = sum(len(t.action.command) for t in found if isinstance(t.action, ShellCommand))
        given = len(encode(self.program.parameters))
        return max(MOST // 8, MOST - _SPEC - _TASK * len(found) - 2 * (commands + given))

    def of(self, task: Task, at: str) -> Room | None:
        """The room for what `task`, which is at `at`, returns; None where nothing limits that."""
        if not task.returns or not (self.stored or self._fan_outs):
            return None
        around = [node for _, node in self._around[at] if isinstance(node, FanOut)]
        fans = tuple(fan for item in task.returns for fan in self._by_list.get(item.name, ()))
        copies = self._divided(at, bool(around)) if self.stored else self._copies[at] if around else 0
        if not copies and not fans:
            return None
        each = state_of(around[-1].body) if around else 0
        return Room(self.available, copies, each, fans)

    def _divided(self, at: str, in_fan_out: bool) -> int:
        """For how many copies of what the task at `at` returns there is room, so that all others have theirs."""
        claimed, plain = self._plain
        if in_fan_out:
            others = len(self._returning) - len(claimed)
            return ceil(self.available * self._copies[at] * others / (self.available - plain))
        most = sum(claimed)
        return ceil(self.available * most / plain) if most * _LONGEST > plain else 0

    @cached_property
    def _plain(self) -> tuple[list[int], int]:
        """The copies of what each task in no fan-out returns, and the bytes for all of them."""
        inside = {at for at in self._returning if any(isinstance(node, FanOut) for _, node in self._around[at])}
        claimed = [self._copies[at] for at in self._returning if at not in inside]
        return claimed, min(sum(claimed) * _LONGEST, self.available // 2 if inside else self.available)

    @cached_property
    def _returning(self) -> tuple[str, ...]:
        """The paths of the tasks that return something."""
        return tuple(at for at, task in tasks(self.program.graph) if task.returns)

    @cached_property
    def _copies(self) -> dict[str, int]:
        """By the path of each task that returns something, how often a workflow keeps that."""
        return {at: self._copies_of(task, at) for at, task in tasks(self.program.graph) if task.returns}

    def check(self) -> Iterator[TooLarge]:
        """A diagnostic for each fan-out over a parameter of the program that has more items than there is room for."""
        for at, node in self._fan_outs:
            reaching = self.flow.reaching.get(at, {}).get(node.iterate_on)
            values = self.program.parameters.get(node.iterate_on)
            if reaching is None or reaching.producers or reaching.outer or not isinstance(values, list):
                continue
            size = items_size(self._fan(node), values, stored=False)
            if size > self.available:
                yield TooLarge(
                    span=node.span,
                    what=f"bytes that a workflow keeps at least of the {len(values):,} items of {node.iterate_on!r}",
                    found=size,
                    limit=self.available,
                    way_out="make fewer items that do more each, or have a step make the list and give it a store "
                    "(`catalog`) if its items are long",
                )

    @cached_property
    def _by_list(self) -> dict[str, tuple[Fan, ...]]:
        """The fan-outs by the name of their list. It goes by the name in the whole program."""
        found: dict[str, list[Fan]] = defaultdict(list)
        for _, node in self._fan_outs:
            found[node.iterate_on].append(self._fan(node))
        return {name: tuple(fans) for name, fans in found.items()}

    @cached_property
    def _readings(self) -> dict[str, Counter[str]]:
        """By the path of a node, how often each of its outputs is kept as an input: of siblings, and of all in them."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for path, node in walk(self.program.graph):
            for name, reaching in self.flow.reaching.get(path, {}).items():
                at = path
                while reaching.outer and not reaching.producers and self._around[at]:
                    at = self._around[at][-1][0]
                    reaching = self.flow.reaching.get(at, {}).get(name, _NOWHERE)
                graph = self._around[at][-1][0] if self._around[at] else ""
                for producer in reaching.producers:
                    found[join(graph, producer)][name] += 2 if isinstance(node, Task) and node.options.retry else 1
        return found

    def _fan(self, node: FanOut) -> Fan:
        nested = [n for _, n in walk(node.body) if isinstance(n, FanOut)]
        inner = tuple(self._fan(n) for n in nested if n.iterate_on == node.iterate_as)
        known = (self.program.parameters.get(n.iterate_on) for n in nested if n.iterate_on != node.iterate_as)
        more = sum(state_of(n.body) * len(v) for n, v in zip(nested, known, strict=False) if isinstance(v, list))
        reading = sum(1 for path, _ in tasks(node.body))
        if node.failures:
            more += STUB if len(node.body.nodes) > 1 else 2 * STUB  # each item has a DAG, and a last task in it
        each = ceil((state_of(node.body) + more) / node.in_pod)
        return Fan(node.iterate_on, each, 1 + reading, inner)

    def _copies_of(self, task: Task, at: str) -> int:
        """How often a workflow keeps what one task returns: by its node, those around it, and those that read it."""
        copies, times, read = 2 if task.options.retry else 1, 1, self._read(at)
        for path, node in self._around[at]:
            copies += isinstance(node, FanOut) and node.failures is not None  # that of its items, and its own
            is_pod = isinstance(node, Graph) and path.endswith(BODY) and len(node.nodes) == 1
            copies += bool(self.flow.exports.get(path)) and not is_pod
            if isinstance(node, Loop) and self.stored:
                copies += 2  # the next iteration is given it, and what reads it there
                times *= node.max_iterations
            read += self._read(path)
        return times * (copies + read)

    def _read(self, at: str) -> int:
        """How often an output of the node at `at` is kept as an input, on average of those that are read."""
        found = self._readings.get(at)
        return ceil(found.total() / len(found)) if found else 0


def state_of(node: Node) -> int:
    """Bytes of a workflow's state, compressed, that `node` takes at least, itself included."""
    match node:
        case Task():
            return own_state(node)
        case Graph():
            return own_state(node) + sum(map(state_of, node.nodes))
        case FanOut() | Switch() | Loop():
            return STUB * least_nodes(node)


def own_state(node: Node) -> int:
    """Bytes of a workflow's state, compressed, that `node` takes without what is in it."""
    match node:
        case Task():
            if isinstance(node.action, Podless):
                return STUB * least_nodes(node)
            return STUB if node.is_idle else POD + STUB * node.has_own_dag
        case Graph():
            return STUB if len(node.nodes) > 1 else 0
        case FanOut():
            return STUB * (least_nodes(node) - (node.reduce is not None))
        case Switch():
            return STUB * (1 + len(node.branches))
        case Loop():
            return STUB


def items_text(node: FanOut, values: list[Json]) -> int:
    """Bytes of a workflow's state, compressed, that the list takes: each item by its node and by those that read it."""
    return compressed(json_bytes(values)) * (1 + sum(1 for _ in tasks(node.body)))
