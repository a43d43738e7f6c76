"""The data flow of a program and of what runs after it, as one.

Needs: a program whose nodes' names are unique, those of `Program.at_exit` included (`lower_paths`), which has a task
that returns the facts (`ir.at_exit.with_facts`). Leaves: a `Flow` with the nodes of both, which share no outputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from runnable.ir.nodes import Program
from runnable.passes.analysis.dataflow import Flow, analyze

Value = TypeVar("Value")


def analyze_joined(program: Program) -> Flow:
    """The data flow of `program`, and of what runs after it."""
    flow = analyze(program)
    if program.at_exit is None:
        return flow
    more = analyze(replace(program, graph=program.at_exit))
    return Flow(
        sources=_both(flow.sources, more.sources),
        exports=_both(flow.exports, more.exports),
        collected=_both(flow.collected, more.collected),
        read=_both(flow.read, more.read),
        needs=_both(flow.needs, more.needs),
        parameters_read=flow.parameters_read | more.parameters_read,
        reaching=_both(flow.reaching, more.reaching),
        defined=_both(flow.defined, more.defined),
        diagnostics=(*flow.diagnostics, *more.diagnostics),
    )


def _both(first: Mapping[str, Value], second: Mapping[str, Value]) -> dict[str, Value]:
    """Both by path; the root is that of `first`, if it has one."""
    return {**second, **first}
