"""The executor `emulator`: each task in a process of its own on this machine, as a pod has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runnable.configuration import Configuration
from runnable.executors.executor import Executor, RunRequest
from runnable.executors.prepare import prepared
from runnable.executors.settings import LocalSettings, read_local_settings
from runnable.ir.unit import CompilationUnit
from runnable.passes import accept

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord


class EmulatorExecutor(Executor):
    """Runs a pipeline in the processes that pods would start, without containers."""

    exits = True

    def settings(self, unit: CompilationUnit, configuration: Configuration) -> LocalSettings:
        """See `Executor.settings`."""
        return read_local_settings(unit, configuration)

    def run(self, request: RunRequest) -> RunRecord:
        """See `Executor.run`."""
        from runnable.executors.emulator.run import run

        accept(request.unit, list(request.unit.portability))
        settings = self.settings(request.unit, request.configuration)
        program, given = prepared(request.unit, request.configuration)
        return run(
            program,
            settings,
            **given,
            run_id=request.run_id,
            tag=request.tag,
            resumption=request.resumption,
            taken=request.taken,
            ended=request.ended,
        )
