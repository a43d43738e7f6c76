"""From a pipeline to the output of a compilation target: the whole way on one screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.configuration import Configuration
from runnable.diagnostics.codes.steps import NotSupportedYet
from runnable.diagnostics.errors import DefinitionError
from runnable.driver.retry import Retry, resumed, resumption_of
from runnable.ir.unit import CompilationUnit
from runnable.passes import accept, diagnose
from runnable.passes.checks.parameters import missing_parameters

if TYPE_CHECKING:
    from runnable.targets.target import Document


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
) -> tuple[Document, ...]:
    """The output of a compilation target for a pipeline; with `retry`, for what is left to do of an earlier run.

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
    request = request_for(target, unit.program, configuration)
    if resumption is not None:
        from runnable.runs.resume.finished import report_finished

        found = report_finished(unit.program, unit.functions, configuration, resumption, target)
        request = replace(request, finished=found)
    return entry.load().compile(replace(request, image=image, name=name, namespace=namespace, kind=kind))
