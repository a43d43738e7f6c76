"""An executor: the pipeline runs on this machine, and a file says when it began and how it ended."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from runnable.configuration import Configuration, validate
from runnable.executors.executor import Executor, RunRequest
from runnable.executors.local.executor import run_locally
from runnable.ir.unit import CompilationUnit
from runnable_runtime.records.records import RunRecord


@dataclass(frozen=True)
class ShelfSettings:
    """`file` is the file."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    file: str


class ShelfExecutor(Executor):
    """Runs a pipeline, and keeps a diary."""

    def settings(self, built: CompilationUnit, configuration: Configuration) -> ShelfSettings:
        """See `Executor.settings`."""
        section = configuration.section(built.executor)
        return validate(ShelfSettings, section.config, file=configuration.file, at=f"{built.executor}.config")

    def run(self, request: RunRequest) -> RunRecord:
        """See `Executor.run`."""
        file = Path(self.settings(request.unit, request.configuration).file)
        file.write_text("began\n")
        record = run_locally(request.unit, request.configuration, run_id=request.run_id, resumption=request.resumption)
        file.write_text(f"began\n{record.run_id} {record.status}\n")
        return record


SHELF = ShelfExecutor()
