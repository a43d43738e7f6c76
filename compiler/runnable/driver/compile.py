"""From a pipeline to the output of a compilation target: the whole way on one screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.configuration import Configuration
from runnable.diagnostics.codes.steps import NotSupportedYet
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import DefinitionError
from runnable.driver.retry import Retry, resumed, resumption_of
from runnable.driver.shared_pods import ARGO, Decided, decided
from runnable.ir.nodes import Program
from runnable.ir.unit import CompilationUnit
from runnable.passes import accept, diagnose
from runnable.passes.checks.parameters import missing_parameters
from runnable.passes.lowering.automatic import wants_sizes

if TYPE_CHECKING:
    from runnable.provenance.facts import Facts
    from runnable.targets.target import CompileRequest, Document


def compile_to(
    target: str,
    unit: CompilationUnit,
    configuration: Configuration,
    *,
    image: str | None = None,
    name: str | None = None,
    namespace: str | None = None,
    kind: str | None = None,
    retry: Retry | None = None,
    provenance: Facts | None = None,
) -> tuple[Document, ...]:
    """The output of a compilation target for a pipeline; with `retry`, for what is left to do of an earlier run.

    `provenance` is what the manifest is to say of where it comes from.

    Raises DefinitionError or ConfigurationError, and RecordUnusable if that run cannot be resumed.
    """
    from runnable.targets import find_target, refuse_streams, request_for

    entry = find_target(target)
    refuse_streams(unit, target)
    if retry is not None and not entry.resumes:
        raise DefinitionError([NotSupportedYet(feature=f"resuming a run on {target}")])
    resumption = resumption_of(retry, configuration, unit.values)
    unit = resumed(unit, resumption)
    closed = () if entry.leaves_open else missing_parameters(unit.program, f", and {target} cannot leave it open")
    accept(unit, [*unit.portability, *closed, *diagnose(unit, fixed=False)])
    sharing = decided(unit, configuration) if target == ARGO else Decided(unit)
    unit = sharing.unit
    request = request_for(target, unit.program, configuration, unit.functions)
    for warning in sharing.warnings:
        request.report(warning)
    if provenance is not None and not entry.shows:
        request = _with_provenance(request, provenance)
    if resumption is not None:
        from runnable.runs.resume.finished import report_finished

        found = report_finished(unit.program, unit.functions, configuration, resumption, target)
        request = replace(request, finished=found)
    return entry.load().compile(replace(request, image=image, name=name, namespace=namespace, kind=kind))


def _with_provenance(request: CompileRequest, provenance: Facts) -> CompileRequest:
    """The request with annotations that say where the manifest comes from, over those of the configuration."""
    annotations = request.configuration.get("annotations", {})
    if not isinstance(annotations, dict):  # which is a mistake that the target reports
        return request
    said = provenance.annotations()
    short = {name.partition("/")[2]: value for name, value in said.items()}
    configuration = {**request.configuration, "annotations": {**annotations, **said}}
    return replace(request, configuration=configuration, provenance=short)


def diagnose_target(target: str, unit: CompilationUnit, configuration: Configuration) -> list[Diagnostic]:
    """What a compilation to `target` would refuse, or warn of, in a pipeline that has no other mistake.

    Raises ConfigurationError for a mistake in the target's section of the configuration.
    """
    from runnable.targets import find_target, refuse_streams, request_for

    warnings: list[Diagnostic] = []
    try:
        entry = find_target(target)
        refuse_streams(unit, target)
        sharing = decided(unit, configuration) if target == ARGO else Decided(unit)
        unit = sharing.unit
        warnings += sharing.warnings
        request = replace(request_for(target, unit.program, configuration, unit.functions), report=warnings.append)
        entry.load().compile(request)
    except DefinitionError as error:
        return [*warnings, *error.diagnostics]
    return warnings


def configured_target(unit: CompilationUnit, configuration: Configuration) -> str:
    """The target that `configuration` compiles such a pipeline to, by its executor; empty if to none."""
    from runnable.targets import TARGETS

    return next(
        (
            name
            for name, entry in TARGETS.items()
            if not entry.shows
            and unit.job == (entry.section == "job-executor")
            and configuration.section(entry.section).type == name
        ),
        "",
    )


def foresee(program: Program) -> list[Diagnostic]:
    """Hints at what Argo would refuse in a program that no target is named for, where that is known without one."""
    if wants_sizes(program) or not any(isinstance(value, list) for value in program.parameters.values()):
        return []
    from runnable.diagnostics.codes.targets import TooWide
    from runnable.passes.analysis.dataflow import analyze
    from runnable.targets.argo.room import Rooms

    refused = Rooms(program, analyze(program), stored=True).check()
    return [TooWide(span=one.span, what=one.what, found=one.found, limit=one.limit) for one in refused]
