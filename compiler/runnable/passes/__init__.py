"""The passes over the IR, in the order in which they run.

    STRUCTURE   checks.names                                    of any program; an error ends the way here
    verify      ir.verify                                       the IR's own rules, which every later pass relies on
    Analyzed    analysis.dataflow, analysis.values.origins      what the checks read
    MEANING     checks.dataflow, types, choices, reducers,      of an analyzed program
                checks.locks, resources, storage, variables
    HINTS       checks.parameters, dataflow                     likewise, for `runnable check` only

STRUCTURE, verify and MEANING also of the program of what runs at the end (`ir.at_exit`).

    lowering    lowering.paths, inline, chunks                  in a target that needs them: see `targets.argo`

Analyses compute, checks report, and lowerings return a new program; none changes the one that it is given. Each module
says at its top what it needs and what it leaves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from runnable.diagnostics.codes.dataflow import OutputNotRead, ParameterNotRead
from runnable.diagnostics.codes.exits import FactTaken
from runnable.diagnostics.colour import painted
from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.errors import DefinitionError
from runnable.diagnostics.terminal import say
from runnable.ir.at_exit import FACT_TYPES, exit_program
from runnable.ir.nodes import Program
from runnable.ir.unit import CompilationUnit
from runnable.ir.verify import verify
from runnable.passes.analysis.analyzed import Analyzed
from runnable.passes.checks.choices import check_choices
from runnable.passes.checks.dataflow import check_dataflow, hint_dataflow
from runnable.passes.checks.images import check_images
from runnable.passes.checks.locks import check_locks
from runnable.passes.checks.names import check_names
from runnable.passes.checks.parameters import hint_parameters, missing_parameters
from runnable.passes.checks.reducers import check_reducers
from runnable.passes.checks.resources import check_resources
from runnable.passes.checks.storage import check_storage
from runnable.passes.checks.types import check_types
from runnable.passes.checks.variables import check_variables

STRUCTURE: tuple[Callable[[Program], Iterator[Diagnostic]], ...] = (check_names,)
MEANING: tuple[Callable[[Analyzed], Iterator[Diagnostic]], ...] = (
    check_dataflow,
    check_types,
    check_choices,
    check_reducers,
    check_locks,
    check_resources,
    check_storage,
    check_variables,
    check_images,
)
HINTS: tuple[Callable[[Analyzed], Iterator[Diagnostic]], ...] = (hint_parameters, hint_dataflow)


def diagnose(unit: CompilationUnit, *, hints: bool = False, fixed: bool = True) -> list[Diagnostic]:
    """The errors and warnings of a pipeline whose parameters are known; with `hints`, also its hints.

    For a run all parameters that it declares must have a value; a check, with hints, leaves them open.

    `fixed` is false if other values can be given to the parameters before it runs.
    """
    found = diagnose_structure(unit)
    if fixed and not hints:
        found += missing_parameters(unit.program)
    if not any(d.severity is Severity.ERROR for d in found):
        verify(unit.program)
        analyzed = Analyzed.of(unit.program, unit.functions, unit.types, fixed=fixed)
        for meaning in (*MEANING, *(HINTS if hints else ())):
            found += meaning(analyzed)
        found = _with_exit(unit, found)
    # A job's returns are its result, which no step reads.
    return [d for d in found if not (unit.job and isinstance(d, OutputNotRead))]


def diagnose_structure(unit: CompilationUnit) -> list[Diagnostic]:
    """The errors of a pipeline's parts and their names, and those found while it was built."""
    found = list(unit.diagnostics)
    for check in STRUCTURE:
        found += check(unit.program)
        if (at_exit := exit_program(unit.program)) is not None:
            found += check(at_exit)
    return found


def _with_exit(unit: CompilationUnit, found: list[Diagnostic]) -> list[Diagnostic]:
    """`found`, and what is found in what runs at the end; without hints at parameters that this reads."""
    program = exit_program(unit.program)
    if program is None:
        return found
    given = [name for name in unit.program.parameters if name in FACT_TYPES and name not in unit.types]
    found += [FactTaken(span=unit.program.graph.span, parameter=name) for name in given]
    verify(program)
    analyzed = Analyzed.of(program, unit.functions, {**unit.types, **FACT_TYPES}, fixed=False)
    read = analyzed.flow.parameters_read
    found = [one for one in found if not (isinstance(one, ParameterNotRead) and one.parameter in read)]
    for meaning in MEANING:
        found += [one for one in meaning(analyzed) if one not in found]
    return found


def accept(unit: CompilationUnit, found: list[Diagnostic]) -> None:
    """Print warnings to standard error. Raises DefinitionError with all of `found` if one of them is an error."""
    if any(d.severity is Severity.ERROR for d in found):
        raise DefinitionError(found)
    for warning in found:
        say(painted(warning.render(), sys.stderr), file=sys.stderr)
