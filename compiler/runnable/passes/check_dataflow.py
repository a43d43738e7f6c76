"""Every parameter that a task needs is provided by something."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import Program
from runnable.passes.dataflow import analyze


def check_dataflow(program: Program) -> Iterator[Diagnostic]:
    """What `passes.dataflow` has to report: names that nothing provides, and names that two branches write."""
    yield from analyze(program).diagnostics
