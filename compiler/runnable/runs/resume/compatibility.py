"""Whether the record of a run fits a program that has changed since: nothing that has finished may have to run again.

The code of functions may change; steps after all finished ones may be added, removed and reordered; and finished steps
whose outputs nothing needs may be removed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from runnable.ir.nodes import FanOut, Graph, Loop, Node, On, Program, Switch, Task
from runnable.ir.walk import children, join
from runnable.runs.resume.positions import Places
from runnable_runtime.records.records import COMPOSITES, RunRecord, Status


def misfits(program: Program, record: RunRecord) -> list[str]:
    """What does not fit, a sentence each; empty if the run can be resumed."""
    return list(_Comparison(program, record).problems())


class _Comparison:
    def __init__(self, program: Program, record: RunRecord) -> None:
        self._places = Places(program)
        self._steps = record.steps
        self._finished = _and_around(
            path
            for path, step in record.steps.items()
            if step.kind not in COMPOSITES and step.status is Status.SUCCEEDED and self._places.find(path)
        )
        self._lacking = self._lacking_members()

    def problems(self) -> Iterator[str]:
        for path in self._finished:
            placed = self._places.find(path)
            step = self._steps.get(path)
            if placed is None or step is None:  # the root; a composite on Argo has no record of its own
                continue
            if step.kind is not placed.kind and (step.kind in COMPOSITES or placed.kind in COMPOSITES):
                yield f"{path!r}, of which work is done, was a {step.kind} and is a {placed.kind}"
            elif isinstance(placed.node, Task):
                missing = [repr(r.name) for r in placed.node.returns if r.name not in step.outputs]
                if missing and step.status is Status.SUCCEEDED:
                    yield f"{path!r}, which has finished, now returns {', '.join(missing)} too"
            else:
                yield from self._of_members(path, placed.node)
        yield from self._of_members("", self._places.root)

    def _of_members(self, path: str, node: Node) -> Iterator[str]:
        """What now comes before work that is done, and has not ended as it would have to."""
        match node:
            case Graph():
                yield from self._of_graph(path, node)
            case Loop():
                yield from self._of_loop(path)
            case Task() | FanOut() | Switch():  # items and branches do not wait for each other
                pass

    def _of_graph(self, path: str, graph: Graph) -> Iterator[str]:
        for edge in graph.edges:
            source, target = join(path, edge.source), join(path, edge.target)
            if target not in self._finished:
                continue
            if source not in self._steps:
                yield f"{source!r} is new, and stands before {target!r}, of which work is done"
            elif self._steps[source].status is not (Status.SUCCEEDED if edge.on is On.SUCCESS else Status.FAILED):
                status = self._steps[source].status
                yield f"{source!r} ({status}) now stands before {target!r}, of which work is done"
            elif source in self._lacking:
                yield f"{self._lacking[source]!r} is new, and stands before {target!r}, of which work is done"

    def _of_loop(self, path: str) -> Iterator[str]:
        for iteration in itertools.count():
            one, following = join(path, str(iteration)), join(path, str(iteration + 1))
            if following not in self._finished:
                return
            if one in self._lacking:
                yield f"{self._lacking[one]!r} is new, and stands before {following!r}, of which work is done"

    def _lacking_members(self) -> dict[str, str]:
        """Composites that have begun, with the path of a node inside that the record lacks."""
        found: dict[str, str] = {}
        for path, step in self._steps.items():
            placed = self._places.find(path)
            if placed is None or not isinstance(placed.node, Graph) or step.kind not in COMPOSITES:
                continue
            for node in children(placed.node):
                new = join(path, node.name)
                if new not in self._steps:
                    found = dict.fromkeys(_and_around([new]), new) | found
        return found


def _and_around(paths: Iterator[str] | list[str]) -> dict[str, None]:
    """The paths, and those of all that they are in, each once."""
    found: dict[str, None] = {}
    for path in paths:
        one = path
        while one and one not in found:
            found[one] = None
            one = one.rpartition(".")[0]
    return found
