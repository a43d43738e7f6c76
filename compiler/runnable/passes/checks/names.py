"""Checks that names of steps and branches are legal, and unique within their pipeline.

Needs: any program. Leaves: diagnostics; without them, paths are unique.
"""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.codes.shape import BadName, DuplicateName
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import Node, Program
from runnable.ir.order import is_parallel
from runnable.ir.walk import graphs
from runnable_runtime.deferred import pattern
from runnable_runtime.failures import a

LONGEST = 128
_FORBIDDEN = pattern(r"[./\\%]|\{\{|\}\}|[\x00-\x1f\x7f]")


def check_names(program: Program) -> Iterator[Diagnostic]:
    """A diagnostic for every name that breaks the rules of RN101, and for every second use of one (RN102)."""
    for _, graph in graphs(program.graph):
        first: dict[str, Node] = {}
        for node in graph.nodes:
            what = "branch" if is_parallel(graph) else "step"
            if reason := problem(node.name):
                yield BadName(span=node.span, what=what, name=str(node.name), reason=reason)
            elif node.name in first:
                yield DuplicateName(span=node.span, name=node.name, first=first[node.name].span)
            else:
                first[node.name] = node


def problem(name: object) -> str | None:
    """Why `name` cannot be a step's name; None if it can."""
    if not isinstance(name, str):
        return f"is {a(type(name).__name__)}, not a text"
    if not name:
        return "is empty"
    if len(name) > LONGEST:
        return f"has {len(name)} characters, and {LONGEST} is the most"
    if found := _FORBIDDEN.search(name):
        return f"has {found[0]!r} in it"
    if not name.isascii():
        odd = next(c for c in name if not c.isascii())
        return f"has {odd!r} in it, which is not ASCII"
    if name != name.strip():
        return "begins or ends with a blank"
    return None
