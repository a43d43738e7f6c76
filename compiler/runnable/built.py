"""A pipeline in the IR with what cannot be in it, and what is wrong in it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runnable.diagnostics.codes.dataflow import OutputNotRead
from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.errors import DefinitionError
from runnable.ir.nodes import Program
from runnable.ir.verify import verify
from runnable.passes import HINTS, MEANING, STRUCTURE
from runnable.passes.analyzed import Analyzed


@dataclass(frozen=True, slots=True)
class Built:
    """A pipeline in the IR, with what cannot be in it.

    `functions` maps ``module:name`` of a PythonCall to the function object of this process. `diagnostics` are the
    mistakes found while building, `portability` those that only matter for another machine. `job`: it is one task that
    was written as a job, so that `job-executor` in the configuration says where it runs. `streams`: it was written as
    an AsyncPipeline.
    """

    program: Program
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    portability: tuple[Diagnostic, ...] = ()
    job: bool = False
    streams: bool = False

    @property
    def executor(self) -> str:
        """The section of the configuration that says where it runs."""
        return "job-executor" if self.job else "pipeline-executor"


def diagnose(built: Built, *, hints: bool = False, fixed: bool = True) -> list[Diagnostic]:
    """What is wrong, or doubtful, in a pipeline whose parameters are known; with `hints`, also what is odd.

    `fixed` is false if other values can be given to the parameters before it runs.
    """
    found = diagnose_structure(built)
    if not any(d.severity is Severity.ERROR for d in found):
        verify(built.program)
        analyzed = Analyzed.of(built.program, built.functions, fixed=fixed)
        for meaning in (*MEANING, *(HINTS if hints else ())):
            found += meaning(analyzed)
    # what a job returns is its result, which no step reads
    return [d for d in found if not (built.job and isinstance(d, OutputNotRead))]


def diagnose_structure(built: Built) -> list[Diagnostic]:
    """What is wrong with the parts of a pipeline and their names."""
    found = list(built.diagnostics)
    for check in STRUCTURE:
        found += check(built.program)
    return found


def accept(built: Built, found: list[Diagnostic]) -> None:
    """Print warnings to standard error. Raises DefinitionError, with all that was found, if one of it is an error."""
    if any(d.severity is Severity.ERROR for d in found):
        raise DefinitionError(found)
    for warning in found:
        print(warning.render(), file=sys.stderr)
