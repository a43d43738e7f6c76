"""The executor `local-container`: each task in a container on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runnable.configuration import Configuration, validate
from runnable.executors.container.settings import ContainerSettings
from runnable.executors.executor import Executor, RunRequest
from runnable.executors.prepare import prepared
from runnable.ir.unit import CompilationUnit
from runnable.passes import accept

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord


class ContainerExecutor(Executor):
    """Runs a pipeline in containers of the image that the cluster uses."""

    exits = True

    def settings(self, unit: CompilationUnit, configuration: Configuration) -> ContainerSettings:
        """See `Executor.settings`."""
        section = configuration.section(unit.executor)
        return validate(ContainerSettings, section.config, file=configuration.file, at=f"{unit.executor}.config")

    def run(self, request: RunRequest) -> RunRecord:
        """See `Executor.run`."""
        from runnable.executors.container.run import run

        unit, configuration = request.unit, request.configuration
        accept(unit, list(unit.portability))
        settings = self.settings(unit, configuration)
        program, given = prepared(unit, configuration)
        return run(
            program,
            settings,
            **given,
            file=configuration.file,
            run_id=request.run_id,
            tag=request.tag,
            resumption=request.resumption,
            taken=request.taken,
            ended=request.ended,
        )
