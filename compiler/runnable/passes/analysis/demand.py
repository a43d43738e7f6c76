"""Which children of a composite provide the names that are read of it: outside in.

Needs: what graphs define and which names are read, from `dataflow`. Leaves: `exports`, `collected`, diagnostics.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field

from runnable.diagnostics.codes.dataflow import BranchesWriteSameName
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import BODY, FanOut, Graph, Loop, Node, Switch, Task
from runnable.ir.order import is_parallel
from runnable.ir.walk import children, join
from runnable.passes.analysis.definitions import Scope, names_written
from runnable_runtime.deferred import dataclass


@dataclass(slots=True)
class Demand:
    """Which outputs are read. `defined`: by a graph's path, who wrote each name at its end. The rest: as in `Flow`."""

    defined: dict[str, Scope] = field(default_factory=dict)
    names: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    exports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    collected: dict[str, tuple[str, ...]] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def of(self, path: str, name: str) -> None:
        """Note that the output `name` of the node at `path` is read."""
        self.names[path][name] = None

    def export(self, node: Node, path: str) -> None:
        """Fill `exports` and `collected` for `node` and all inside of it, its own readers having been noted."""
        names = tuple(self.names.get(path, ()))
        if path:
            self._export(node, path, names)
        for child in children(node):
            self.export(child, join(path, child.name))

    def _export(self, node: Node, path: str, names: tuple[str, ...]) -> None:
        match node:
            case Task():
                pass
            case Graph() if names:
                self._export_graph(node, path, names)
            case FanOut():
                self._export_fan_out(node, path, names)
            case Switch() if names:
                self._export_switch(node, path, names)
            case Loop() if names:
                self.exports[path] = (BODY,)
                for name in names:
                    self.of(join(path, BODY), name)
            case Graph() | Switch() | Loop():  # nothing of it is read
                pass

    def _export_fan_out(self, node: FanOut, path: str, names: tuple[str, ...]) -> None:
        reduce = node.reduce
        names = tuple(name for name in names if name != node.failures)
        read = names if reduce is None else reduce.reads.required
        if read:
            self.collected[path] = read
            for name in read:
                self.of(join(path, BODY), name)
        if names and reduce is None:
            self.exports[path] = (BODY,)
        elif names and reduce is not None:
            self.exports[path] = (reduce.name,)
            for name in names:
                self.of(join(path, reduce.name), name)

    def _export_switch(self, node: Switch, path: str, names: tuple[str, ...]) -> None:
        writing = [b for b in node.branches if any(n in self.defined[join(path, b.name)] for n in names)]
        self.exports[path] = tuple(branch.name for branch in writing)
        for branch in writing:
            for name in names:
                if name in self.defined[join(path, branch.name)]:
                    self.of(join(path, branch.name), name)

    def _export_graph(self, graph: Graph, path: str, names: tuple[str, ...]) -> None:
        position = {node.name: index for index, node in enumerate(graph.nodes)}
        providers: set[str] = set()
        for name in names:
            definition = self.defined[path][name]
            providers.update(definition.producers)
            for producer in definition.producers:
                self.of(join(path, producer), name)
        self._warn(graph, names)
        self.exports[path] = tuple(sorted(providers, key=position.__getitem__))

    def _warn(self, graph: Graph, names: tuple[str, ...]) -> None:
        """Report each of `names` that two branches of a Parallel write."""
        if not is_parallel(graph):
            return
        writing: dict[str, list[str]] = defaultdict(list)
        for node in graph.nodes:
            for name in names_written(node):
                writing[name].append(node.name)
        for name in names:
            if len(writing[name]) > 1:
                self.diagnostics.append(
                    BranchesWriteSameName(
                        span=graph.span, step=graph.name, parameter=name, branches=tuple(writing[name])
                    )
                )
