"""Everything that is wrong with a pipeline and its configuration, without running or compiling it."""

from __future__ import annotations

from runnable.configuration import Configuration
from runnable.diagnostics.diagnostic import Severity
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.findings import Finding, Outcome
from runnable.driver.run import diagnose_configuration
from runnable.ir.unit import CompilationUnit
from runnable.passes import diagnose


def check(pipeline: str, unit: CompilationUnit, configuration: Configuration) -> Outcome:
    """What is found in the pipeline that was named as `pipeline`; DEFINITION or CONFIGURATION if one is an error."""
    found = [*unit.portability, *diagnose(unit, hints=True)]
    of_configuration = diagnose_configuration(unit, configuration)
    code = ExitCode.CONFIGURATION if of_configuration else ExitCode.OK
    if any(one.severity is Severity.ERROR for one in found):
        code = ExitCode.DEFINITION
    everything = (*found, *of_configuration)
    return Outcome(
        pipeline=pipeline, exit_code=int(code), findings=tuple(Finding.of(one, pipeline) for one in everything)
    )
