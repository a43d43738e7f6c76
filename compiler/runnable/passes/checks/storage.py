"""Checks that the files that steps get are put by steps before them, and by one step each.

Needs: `Analyzed`. Leaves: diagnostics, all of them warnings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field
from itertools import pairwise

from runnable.diagnostics.codes.storage import NothingPuts, PutTwice
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import FanOut, Graph, Loop, Node, NotebookRun, Switch, Task
from runnable.ir.order import Order, is_line, is_parallel, nodes_before
from runnable.ir.walk import children, tasks
from runnable.passes.analysis.analyzed import Analyzed
from runnable_runtime.deferred import dataclass
from runnable_runtime.stores.patterns import Pattern

Puts = dict[Pattern, str]
"""The patterns that were put, each with the name of a step that did."""


def check_storage(analyzed: Analyzed) -> Iterator[Diagnostic]:
    """Diagnostics of files that are got and not put, or put by several. Warnings only: a glob can match anything."""
    program = analyzed.program
    everything = {Pattern.of(text): task.name for _, task in tasks(program.graph) for text in task.files.put}
    if not everything and not any(task.files.get for _, task in tasks(program.graph)):
        return
    check = _Check(everything)
    check.visit(program.graph, {})
    yield from check.found


@dataclass(slots=True)
class _Check:
    everything: Puts
    found: list[Diagnostic] = field(default_factory=list)

    def visit(self, node: Node, before: Puts) -> Puts:
        """Check everything in `node`, where `before` has been put; returns what it puts itself."""
        match node:
            case Task():
                self._check_gets(node, before)
                return {Pattern.of(text): node.name for text in (*node.files.put, *_notebook(node))}
            case Graph() if not is_parallel(node):
                return self._in_order(node, before)
            case Loop():
                return self.visit(node.body, before | _all_puts(node.body))
            case FanOut():
                puts = self.visit(node.body, before)
                self._check_items(node, puts)
                return puts | (self.visit(node.reduce, before | puts) if node.reduce else {})
            case Graph() | Switch():
                branches = {branch.name: self.visit(branch, before) for branch in children(node)}
                if isinstance(node, Graph):
                    self._check_branches(node, branches)
                return {pattern: step for puts in branches.values() for pattern, step in puts.items()}

    def _in_order(self, graph: Graph, before: Puts) -> Puts:
        """Visit the nodes in their order; a handler sees what the step that failed may have put."""
        by_node: dict[str, Puts] = {}
        line = is_line(graph)
        seen = dict(before)
        for node in graph.nodes:
            if not line:
                earlier = nodes_before(graph, node.name)
                seen = before | {
                    put: step for name in by_node if name in earlier for put, step in by_node[name].items()
                }
            by_node[node.name] = self.visit(node, seen)
            seen |= by_node[node.name]
        if not line:
            self._check_unordered(graph, by_node)
        return {pattern: step for puts in by_node.values() for pattern, step in puts.items()}

    def _check_unordered(self, graph: Graph, by_node: dict[str, Puts]) -> None:
        order = Order(graph)
        nodes = {node.name: node for node in graph.nodes}
        for path, names in _same_paths(by_node).items():
            for one, other in pairwise(names):
                if not order.is_before(one, other):
                    who = f"steps {one!r} and {other!r}, which run beside each other,"
                    self.found.append(PutTwice(span=nodes[other].span, step="", path=path, who=who))

    def _check_gets(self, task: Task, before: Puts) -> None:
        for text in task.files.get:
            wanted = Pattern.of(text)
            if wanted not in before and not any(may_meet(wanted, put) for put in before):
                later = next((step for put, step in self.everything.items() if may_meet(wanted, put)), "")
                known = tuple(put.text for put in before)
                self.found.append(
                    NothingPuts(
                        span=task.span,
                        step=task.name,
                        pattern=text,
                        known=known,
                        later="" if later == task.name else later,
                    )
                )

    def _check_branches(self, graph: Graph, branches: dict[str, Puts]) -> None:
        for path, names in _same_paths(branches).items():
            if len(names) > 1:
                who = f"branches {', '.join(map(repr, names[:-1]))} and {names[-1]!r}"
                self.found.append(PutTwice(span=graph.span, step=graph.name, path=path, who=who))

    def _check_items(self, fan_out: FanOut, puts: Puts) -> None:
        for put in puts:
            if put.literal and not put.folder:
                path = "/".join(put.parts)
                self.found.append(PutTwice(span=fan_out.span, step=fan_out.name, path=path, who="the items"))


def _same_paths(puts: dict[str, Puts]) -> dict[str, list[str]]:
    """By the path of each file that is put, who puts it; `puts` are by the names of those who do."""
    by_path: dict[str, list[str]] = defaultdict(list)
    for name, patterns in puts.items():
        for put in patterns:
            if put.literal and not put.folder:
                by_path["/".join(put.parts)].append(name)
    return by_path


def may_meet(one: Pattern, other: Pattern) -> bool:
    """Whether a file can match both: certain if one is literal, likely if what they begin with agrees."""
    if one.literal and other.literal:
        return _is_in(one.start, other.start) or _is_in(other.start, one.start)
    if one.literal or other.literal:
        literal, glob = (one, other) if one.literal else (other, one)
        return glob.matches(literal.start) or _is_in(glob.start, literal.start) or _is_in(literal.start, glob.start)
    return _is_in(one.start, other.start) or _is_in(other.start, one.start)


def _is_in(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def _all_puts(graph: Graph) -> Puts:
    return {Pattern.of(text): task.name for _, task in tasks(graph) for text in task.files.put}


def _notebook(task: Task) -> tuple[str, ...]:
    """The executed notebook, which is put by itself."""
    if not isinstance(task.action, NotebookRun):
        return ()
    folder, slash, name = task.action.path.rpartition("/")
    return (f"{folder}{slash}{name.removesuffix('.ipynb')}-*_out.ipynb",)
