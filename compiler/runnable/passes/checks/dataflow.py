"""Checks that every parameter that a task needs is provided, on every path.

Needs: `Analyzed`. Leaves: the diagnostics of its `Flow`, and hints.
"""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.codes.dataflow import OutputNotRead, ParameterNotRead
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import On
from runnable.ir.walk import tasks
from runnable.passes.analysis.analyzed import Analyzed


def check_dataflow(analyzed: Analyzed) -> Iterator[Diagnostic]:
    """The diagnostics of the data-flow analysis."""
    yield from analyzed.flow.diagnostics


def hint_dataflow(analyzed: Analyzed) -> Iterator[Diagnostic]:
    """Hints of returns and parameters that nothing reads.

    Metrics are left out, which are for the record, and what the last step returns: it is the result of the run.
    """
    program, flow = analyzed.program, analyzed.flow
    followed = {edge.source for edge in program.graph.edges if edge.on is On.SUCCESS}
    last = {node.name for node in program.graph.nodes} - followed
    for path, task in tasks(program.graph):
        read = flow.read.get(path, ())
        for declared in task.returns if path not in last else ():
            if declared.kind == "json" and declared.name not in read:
                yield OutputNotRead(span=task.span, step=task.name, parameter=declared.name)
    needed = tuple(
        dict.fromkeys(name for _, t in tasks(program.graph) for name in (*t.reads.required, *t.reads.optional))
    )
    spans = {declared.name: declared.span for declared in program.declared}
    for name in program.provided:
        if name not in flow.parameters_read:
            yield ParameterNotRead(span=spans.get(name), parameter=name, needed=needed)
