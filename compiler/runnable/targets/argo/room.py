"""What the object that a workflow is kept in has room for: known before it runs, as far as lists and shapes are.

Every item of a fan-out is a node of the workflow at least, with its own text where it is short, and what it returns is
kept in its node, in the outputs of the composites around it, and in the input of each reader.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from runnable.diagnostics.codes.targets import TooLarge
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import BODY, FanOut, Graph, Loop, Node, Program, ShellCommand, Switch, Task
from runnable.ir.walk import children, join, tasks, walk
from runnable.passes.analysis.dataflow import Flow
from runnable.targets.argo.sizes import least_nodes
from runnable_runtime.protocol import Fan, Room
from runnable_runtime.stores.room import items_size
from runnable_runtime.values.parameters import encode

MOST = 1024 * 1024
"""Bytes that a controller lets a workflow have."""
STUB, POD = 65, 95
"""Bytes of a node's state, compressed: measured at 1,000 items, with their edges."""
_TASK, _SPEC = 1_500, 20_000
"""Bytes of a task in a manifest, which a workflow has twice, and of what is in it beside them."""


class Rooms:
    """What there is room for, for the tasks of one program."""

    def __init__(self, program: Program, flow: Flow) -> None:
        self.program = program
        self.flow = flow
        self._fan_outs = [(path, node) for path, node in walk(program.graph) if isinstance(node, FanOut)]
        self._around: dict[str, tuple[tuple[str, Node], ...]] = {}
        """By the path of a node, the composites around it with theirs, from the outermost one."""
        if self._fan_outs:
            self._note(program.graph, "", ())

    def _note(self, node: Node, path: str, around: tuple[tuple[str, Node], ...]) -> None:
        for child in children(node):
            at = join(path, child.name)
            self._around[at] = around
            self._note(child, at, (*around, (at, child)))

    @cached_property
    def available(self) -> int:
        """Bytes for the values and items of the program, compressed."""
        found = [task for _, task in tasks(self.program.graph)]
        commands = sum(len(t.action.command) for t in found if isinstance(t.action, ShellCommand))
        given = len(encode(self.program.parameters))
        return max(MOST // 8, MOST - _SPEC - _TASK * len(found) - 2 * (commands + given))

    def of(self, task: Task, at: str) -> Room | None:
        """The room for what `task`, which is at `at`, returns; None where that is in no fan-out and no list of one."""
        if not task.returns or not self._fan_outs:
            return None
        around = [node for _, node in self._around[at] if isinstance(node, FanOut)]
        fans = tuple(fan for item in task.returns for fan in self._by_list.get(item.name, ()))
        if not around and not fans:
            return None
        each = state_of(around[-1].body) if around else 0
        return Room(self.available, self._copies(task, at) if around else 0, each, fans)

    def check(self) -> Iterator[Diagnostic]:
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
    def _readers(self) -> dict[str, list[tuple[str, int]]]:
        """By the name of a parameter, the paths of what is given it by another, and how often that is kept."""
        found: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for path, node in walk(self.program.graph):
            for name, reaching in self.flow.reaching.get(path, {}).items():
                if reaching.producers or reaching.outer:
                    found[name].append((path, 2 if isinstance(node, Task) and node.options.retry else 1))
        return found

    def _fan(self, node: FanOut) -> Fan:
        nested = [n for _, n in walk(node.body) if isinstance(n, FanOut)]
        inner = tuple(self._fan(n) for n in nested if n.iterate_on == node.iterate_as)
        known = (self.program.parameters.get(n.iterate_on) for n in nested if n.iterate_on != node.iterate_as)
        more = sum(state_of(n.body) * len(v) for n, v in zip(nested, known, strict=False) if isinstance(v, list))
        reading = sum(1 for path, _ in tasks(node.body))
        return Fan(node.iterate_on, state_of(node.body) + more, 1 + reading, inner)

    def _copies(self, task: Task, at: str) -> int:
        """How often a workflow keeps what one task returns: by its node, those around it, and those that read it."""
        names = set(self.flow.read.get(at, ()))
        copies = 2 if task.options.retry else 1
        for path, node in self._around[at]:
            is_pod = isinstance(node, Graph) and path.endswith(BODY) and len(node.nodes) == 1
            copies += bool(self.flow.exports.get(path)) and not is_pod
        outermost = next((path for path, node in self._around[at] if isinstance(node, FanOut)), at)
        read = [n for name in names for path, n in self._readers.get(name, ()) if not path.startswith(outermost)]
        return copies + (max(1, sum(read) // len(names)) if names else 0)


def state_of(node: Node) -> int:
    """Bytes of a workflow's state, compressed, that `node` takes at least, itself included."""
    match node:
        case Task():
            return STUB if node.is_idle else POD
        case Graph():
            return (STUB if len(node.nodes) > 1 else 0) + sum(map(state_of, node.nodes))
        case FanOut() | Switch() | Loop():
            return STUB * least_nodes(node)
