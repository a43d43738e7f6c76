"""What nodes write, for the data-flow analysis: which names, on which paths not, and how deep objects are in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from runnable.ir.nodes import Edge, FanOut, Graph, Loop, Node, On, Reduce, Switch, Task
from runnable.ir.walk import children
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import REDUCERS

NOT_PICKLED: frozenset[int] = frozenset()
"""For all values that have no object in them: Python makes each empty set anew, of 216 bytes."""
_PICKLED = frozenset([0])


@dataclass(frozen=True, slots=True)
class Definition:
    """The siblings that may have written a name last, in order, and the paths on which none of them has.

    `pickled` says how deep in lists its value may be a pickled object, 0 meaning that it is one itself. `unordered` are
    two nodes that write it, of which nothing says which one is the last; the later one of the graph counts.
    """

    producers: tuple[str, ...]
    gaps: tuple[str, ...] = ()
    pickled: frozenset[int] = NOT_PICKLED
    unordered: tuple[Node, ...] = ()

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
        case FanOut():
            return names_written(node.body) | ({node.failures: None} if node.failures else {})
        case Loop():
            return names_written(node.body)
        case Switch():
            return {name: None for branch in node.branches for name in names_written(branch)}


def objects_written(node: Node) -> frozenset[str]:
    """The names that a task in `node` returns pickled, or may."""
    found = {r.name for r in node.returns if r.kind in ("object", "auto")} if isinstance(node, Task) else set()
    return frozenset(found.union(*map(objects_written, children(node))))


def pickled_depths(node: Node) -> dict[str, frozenset[int]]:
    """The names that may be written inside of `node`, each with how deep in lists its value may be a pickled object."""
    match node:
        case Task():
            return {r.name: _PICKLED if r.kind in ("object", "auto") else NOT_PICKLED for r in node.returns}
        case Graph() if node.edges:
            return {name: depths for inner in node.nodes for name, depths in pickled_depths(inner).items()}
        case Loop():
            return pickled_depths(node.body)
        case FanOut():
            found = {name: _collected(node, name, depths) for name, depths in pickled_depths(node.body).items()}
            return found | ({node.failures: NOT_PICKLED} if node.failures else {})
        case Graph() | Switch():
            merged: dict[str, frozenset[int]] = {}
            for inner in children(node):
                for name, depths in pickled_depths(inner).items():
                    merged[name] = merged.get(name, NOT_PICKLED) | depths
            return merged


def _collected(node: FanOut, name: str, depths: frozenset[int]) -> frozenset[int]:
    """How deep pickled objects are in what `node` makes of the values of `name`, in which they are at `depths`."""
    reducer = node.reducer
    if node.reduce is not None and isinstance(node.reduce.action, Reduce):
        reducer = node.reduce.action.of(name)
        if reducer not in REDUCERS:
            return pickled_depths(node.reduce).get(name, NOT_PICKLED)
    return frozenset(depth + 1 for depth in depths) if reducer in (None, "list") else NOT_PICKLED


def define(switch: Switch, written: Mapping[str, Scope]) -> dict[str, tuple[str, ...]]:
    """What a switch writes: every name of a branch, with the branches that do not write it. `written`: by branch.

    A branch that cannot succeed is left out: no step that runs after the switch has succeeded reads from it.
    """
    succeeding = {branch.name for branch in switch.branches if can_succeed(branch)}
    written = {name: scope for name, scope in written.items() if not succeeding or name in succeeding}
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


def can_succeed(node: Node) -> bool:
    """Whether `node` can succeed: it cannot if all its paths end with a step that terminates with failure."""
    match node:
        case Task() | FanOut():  # a fan-out over an empty list runs nothing
            return True
        case Loop():
            return can_succeed(node.body)
        case Switch():
            return any(can_succeed(branch) for branch in node.branches)
        case Graph():
            return _ends_well(node)


def _ends_well(graph: Graph) -> bool:
    """Whether each chain of `graph`, a first node with all that its edges lead to, has an end that succeeds."""
    leaving: dict[str, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        leaving[edge.source].append(edge)
    ends: dict[str, bool] = {}
    for node in reversed(graph.nodes):  # targets come after their sources
        after = {on: [ends[e.target] for e in leaving[node.name] if e.on is on] for on in On}
        succeeds = node.name not in graph.failing and can_succeed(node)
        ends[node.name] = (succeeds and all(after[On.SUCCESS])) or any(after[On.FAILURE])
    targets = {edge.target for edge in graph.edges}
    return all(well for name, well in ends.items() if name not in targets)
