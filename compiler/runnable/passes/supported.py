"""What a backend cannot do yet: it says so by name before anything runs, rather than do something else."""

from __future__ import annotations

from runnable.diagnostics.codes import NotSupportedYet
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import DefinitionError, InternalError
from runnable.ir.nodes import FanOut, Loop, Node, Program, Switch
from runnable.ir.walk import walk

_NAMES: dict[type, str] = {FanOut: "Map", Switch: "Conditional", Loop: "Loop"}


def refuse_unsupported(program: Program, backend: str) -> None:
    """Raise DefinitionError for each Map, Conditional and Loop in `program`, which `backend` cannot run yet."""
    found: list[Diagnostic] = [
        NotSupportedYet(span=node.span, feature=f"{_NAMES[type(node)]} (step {node.name!r}), {backend},")
        for _, node in walk(program.graph)
        if isinstance(node, FanOut | Switch | Loop)
    ]
    if found:
        raise DefinitionError(found)


def unreachable(node: Node) -> InternalError:
    """The error for a node that `refuse_unsupported` has let pass."""
    return InternalError(f"{node.name!r} is a {type(node).__name__}, which should have been refused")
