"""Everything that is wrong with a pipeline and its configuration, without running or compiling it."""

from __future__ import annotations

from runnable.configuration import Configuration
from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.errors import ConfigurationError, ExitCode
from runnable.diagnostics.findings import Finding, Outcome
from runnable.driver.compile import configured_target, diagnose_target, foresee
from runnable.driver.run import diagnose_configuration
from runnable.ir.unit import CompilationUnit
from runnable.passes import diagnose


def check(pipeline: str, unit: CompilationUnit, configuration: Configuration, target: str = "") -> Outcome:
    """What is found in the pipeline that was named as `pipeline`; DEFINITION or CONFIGURATION if one is an error.

    Where there is no other mistake, also what a compilation to `target` would refuse. Without one, that is the target
    that the configuration's executor compiles to; if there is none either, what Argo would refuse is a hint.
    """
    found = [*unit.portability, *diagnose(unit, hints=True)]
    of_configuration = diagnose_configuration(unit, configuration)
    if not any(one.severity is Severity.ERROR for one in (*found, *of_configuration)):
        try:
            found += _of_target(target or configured_target(unit, configuration), unit, configuration)
        except ConfigurationError as error:
            of_configuration += error.diagnostics
    code = ExitCode.CONFIGURATION if of_configuration else ExitCode.OK
    if any(one.severity is Severity.ERROR for one in found):
        code = ExitCode.DEFINITION
    everything = (*found, *of_configuration)
    return Outcome(
        pipeline=pipeline, exit_code=int(code), findings=tuple(Finding.of(one, pipeline) for one in everything)
    )


def _of_target(target: str, unit: CompilationUnit, configuration: Configuration) -> list[Diagnostic]:
    if target:
        return diagnose_target(target, unit, configuration)
    return [] if unit.job else foresee(unit.program)
