"""The same run with something else: a faster step, fewer pods, more workers, larger nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from runnable.ir.nodes import FanOut, Graph, Node, Program
from runnable.ir.walk import replace_nodes, walk
from runnable.simulation.engine import simulate
from runnable.simulation.known import Known
from runnable.simulation.prices import Prices
from runnable.simulation.sharing import NO_SHARING, Sharing, sizes_of_batches, with_batch, with_fuse
from runnable.simulation.simulated import Simulated
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

STEPS = 3
"""So many steps of the critical path are tried at half of their time: the longest."""
FAN_OUTS = 2
"""So many of them are tried with batches."""
LARGEST = 1000
"""Attempts of a run up to which variants are tried without being asked for: each takes as long as the run itself."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A change, in words, and the run with it; `step` is the one at half of its time."""

    change: str
    simulated: Simulated
    step: str = ""

    def to_json(self, prices: Prices) -> dict[str, Json]:
        """As JSON."""
        return {
            "change": self.change,
            "step": self.step or None,
            "makespan": round(self.simulated.makespan, 3),
            "cost": round(self.simulated.cost(prices), 6),
        }


SharingOf = Callable[[Program], Sharing]
"""Which tasks of a program share pods."""


def _none(program: Program) -> Sharing:
    return NO_SHARING


def variants(program: Program, known: Known, found: Simulated, sharing_of: SharingOf = _none) -> Iterator[Variant]:
    """What can be tried, each with its run."""
    place = found.place
    yield from _shared(program, known, found, sharing_of)
    for step in list(found.critical_steps)[:STEPS]:
        yield Variant(f"{step} in half of its time", simulate(program, known.with_half(step), place), step)
    if place.at_once is not None:
        what = "parallelism" if place.is_cluster else "workers"
        one = "1 worker" if place.at_once == 1 and not place.is_cluster else f"{what} {place.at_once}"
        for most in (place.at_once * 2, None):
            text = f"{what} without a limit" if most is None else f"{most} workers, not {one}"
            text = f"parallelism {most}, not {place.at_once}" if most and place.is_cluster else text
            yield Variant(text, simulate(program, known, replace(place, at_once=most)))
    if any(_limit(node) for _, node in walk(program.graph)):
        graph = replace_nodes(replace(program.graph, max_parallel=None), lambda path, node: _unlimited(node))
        yield Variant("without max_parallel", simulate(replace(program, graph=graph), known, place))
    if place.nodes:
        yield Variant("nodes of twice the size", simulate(program, known, place.larger()))
        more = tuple(replace(one, count=one.count * 2) for one in place.nodes)
        yield Variant("twice as many nodes", simulate(program, known, replace(place, nodes=more)))


def _shared(program: Program, known: Known, found: Simulated, sharing_of: SharingOf) -> Iterator[Variant]:
    """With fewer pods: `fuse` in every pipeline, and batches of the fan-outs with most items."""
    place = found.place
    fused = with_fuse(program)
    sharing = sharing_of(fused)
    if sharing and sharing != place.sharing:
        run = simulate(fused, known, replace(place, sharing=sharing))
        yield Variant(f"fuse=True in every pipeline, {run.pods:,} pods", run)
    runs = Counter(one.where for one in found.ran if one.attempt == 1)
    for where, size in sizes_of_batches(program, runs, place.at_once)[:FAN_OUTS]:
        batched = with_batch(program, where, size)
        if sharing := sharing_of(batched):
            run = simulate(batched, known, replace(place, sharing=sharing))
            yield Variant(f"batch={size} of {where}, {run.pods:,} pods", run)


def _limit(node: Node) -> bool:
    return isinstance(node, FanOut | Graph) and node.max_parallel is not None


def _unlimited(node: Node) -> Node | None:
    """The node without its limit; limits inside of it stay where it has one."""
    return replace(node, max_parallel=None) if isinstance(node, FanOut | Graph) and _limit(node) else None
