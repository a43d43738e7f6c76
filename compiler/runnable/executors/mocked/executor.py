"""The executor `mocked`: on this machine, with tasks that do nothing, or what the configuration says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.configuration import Configuration
from runnable.diagnostics.diagnostic import Severity
from runnable.diagnostics.errors import DefinitionError
from runnable.executors import mocked
from runnable.executors.executor import Executor, RunRequest
from runnable.executors.local.executor import run_locally
from runnable.ir.unit import CompilationUnit
from runnable.passes import accept, diagnose, diagnose_structure

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord


class MockedExecutor(Executor):
    """Runs a pipeline without doing its work, to see the way that it takes."""

    streams = True
    exits = True

    def settings(self, unit: CompilationUnit, configuration: Configuration) -> mocked.MockedSettings:
        """See `Executor.settings`."""
        return mocked.read_settings(configuration.section(unit.executor), configuration.file)

    def prepare(self, unit: CompilationUnit, configuration: Configuration) -> CompilationUnit:
        """See `Executor.prepare`. What would be wrong with the tasks that do not run is no matter."""
        structure = diagnose_structure(unit)
        if any(found.severity is Severity.ERROR for found in structure):
            raise DefinitionError(structure)
        settings = self.settings(unit, configuration)
        program, functions, unused = mocked.mock(unit.program, unit.functions, settings, configuration.file)
        after = replace(unit, program=program, functions=functions)
        accept(after, [*unused, *mocked.explained(diagnose(after), unit.program, program)])
        return after

    def prepare_exit(self, unit: CompilationUnit, configuration: Configuration) -> CompilationUnit:
        """See `Executor.prepare_exit`: nobody is told of a run that has done nothing, and nothing is cleaned up."""
        program, functions, _ = mocked.mock(unit.program, unit.functions, mocked.MockedSettings(), configuration.file)
        return replace(unit, program=program, functions=functions)

    def run(self, request: RunRequest) -> RunRecord:
        """See `Executor.run`."""
        return run_locally(
            request.unit,
            request.configuration,
            run_id=request.run_id,
            tag=request.tag,
            resumption=request.resumption,
            taken=request.taken,
            ended=request.ended,
            stream=request.stream,
            cache=False,
        )
