"""Checks that declared parameters have values.

Needs: a program whose values have been given. Leaves: diagnostics.
"""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.codes.parameters import ParameterMissing, ParameterOpen
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import Program
from runnable.passes.analysis.analyzed import Analyzed


def missing_parameters(program: Program, where: str = "") -> Iterator[Diagnostic]:
    """An error for each parameter without a value; `where`: what cannot leave it open, if that is not a run."""
    for one in program.open:
        yield ParameterMissing(span=one.span, parameter=one.name, wanted=one.type, about=one.help, where=where)


def hint_parameters(analyzed: Analyzed) -> Iterator[Diagnostic]:
    """A hint for each parameter that has to be given before a run."""
    for one in analyzed.program.open:
        yield ParameterOpen(span=one.span, parameter=one.name, wanted=one.type, about=one.help)
