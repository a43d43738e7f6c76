"""Layers of a graph: what is after nothing is in the first one, and every edge leads to the next one, through gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runnable_runtime.deferred import dataclass

_GAPS_PER_NODE = 4
"""Gaps that a graph may have for each of its nodes and edges: drawings stay linear in size."""
_SWEEPS = 4
"""How often the order within layers is improved: more changed nothing in graphs that people look at."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a layer: a node, or the gap through which an edge to `towards` passes, which is failing, or not."""

    node: int
    towards: int | None = None
    failing: bool = False


Link = tuple[int, int, bool]
"""From a place in one layer to a place in the next one, and whether it is of a failure."""


@dataclass(frozen=True, slots=True)
class Layering:
    """`layers` from the first to the last; `links[n]` lead from layer n to the next one.

    `far` are the edges, as (source, target, failing), that lead across so many layers that there is no place for them.
    """

    layers: tuple[tuple[Slot, ...], ...]
    links: tuple[tuple[Link, ...], ...]
    far: tuple[tuple[int, int, bool], ...] = ()


def layered(nodes: Sequence[int], edges: Iterable[tuple[int, int, bool]]) -> Layering:
    """The nodes, each after those that its edges come from, in layers; edges are (source, target, failing)."""
    given = sorted(set(edges))
    depth = _depths(nodes, given)
    known, far = _with_a_place([edge for edge in given if depth[edge[0]] < depth[edge[1]]], depth)
    layers: list[list[Slot]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in nodes:
        layers[depth[node]].append(Slot(node))
    pairs: list[list[tuple[Slot, Slot, bool]]] = [[] for _ in layers]
    for source, target, failing in known:
        last = Slot(source)
        for at in range(depth[source] + 1, depth[target]):
            gap = Slot(source, target, failing)
            layers[at].append(gap)
            pairs[at - 1].append((last, gap, failing))
            last = gap
        pairs[depth[target] - 1].append((last, Slot(target), failing))
    _untangle(layers, pairs)
    places = [{slot: place for place, slot in enumerate(layer)} for layer in layers]
    links = tuple(
        tuple((places[at][one], places[at + 1][other], failing) for one, other, failing in found)
        for at, found in enumerate(pairs[:-1])
    )
    return Layering(tuple(map(tuple, layers)), links, tuple(far))


Edges = list[tuple[int, int, bool]]


def _with_a_place(known: Edges, depth: dict[int, int]) -> tuple[Edges, Edges]:
    """The edges for which there is a place, the shortest first to get one, and the others."""
    room = _GAPS_PER_NODE * (len(depth) + len(known))
    left: set[tuple[int, int, bool]] = set()
    for edge in sorted(known, key=lambda one: (depth[one[1]] - depth[one[0]], one)):
        room -= depth[edge[1]] - depth[edge[0]] - 1
        if room < 0:
            left.add(edge)
    return [edge for edge in known if edge not in left], [edge for edge in known if edge in left]


def _depths(nodes: Sequence[int], edges: Iterable[tuple[int, int, bool]]) -> dict[int, int]:
    """The layer of each node; a record may be of another's making, and an edge that leads back counts for nothing."""
    position = {node: at for at, node in enumerate(nodes)}
    before: dict[int, list[int]] = {}
    for source, target, _ in edges:
        if position[source] < position[target]:
            before.setdefault(target, []).append(source)
    depth: dict[int, int] = {}
    for node in nodes:
        depth[node] = 1 + max((depth[one] for one in before.get(node, ())), default=-1)
    return depth


def _untangle(layers: list[list[Slot]], pairs: list[list[tuple[Slot, Slot, bool]]]) -> None:
    """Order each layer by where what it is connected with stands in the layer beside it, downwards and upwards."""
    for sweep in range(_SWEEPS):
        downwards = sweep % 2 == 0
        for at in range(1, len(layers)) if downwards else range(len(layers) - 2, -1, -1):
            beside = layers[at - 1 if downwards else at + 1]
            place = {slot: number for number, slot in enumerate(beside)}
            found: dict[Slot, list[int]] = {}
            for one, other, _ in pairs[at - 1 if downwards else at]:
                mine, theirs = (other, one) if downwards else (one, other)
                found.setdefault(mine, []).append(place[theirs])
            scale = max(1, len(beside) - 1) / max(1, len(layers[at]) - 1)
            wanted = {
                slot: sum(found[slot]) / len(found[slot]) if slot in found else number * scale
                for number, slot in enumerate(layers[at])
            }
            layers[at].sort(key=lambda slot: wanted[slot])
