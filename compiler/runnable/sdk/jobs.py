"""Jobs: `PythonJob`, `ShellJob`, `NotebookJob`, each a single task that runs without a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

from runnable.sdk.handler import NO_PARAMETERS, Executable, call_of, current
from runnable.sdk.options import TaskOptions
from runnable.sdk.parameters import Parameter
from runnable.sdk.pipeline import Pipeline
from runnable.sdk.tasks import BaseTask, NotebookTask, PythonTask, ShellTask
from runnable_runtime.deferred import dataclass

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord

STEP = "job"
"""The name of a job's task in its record."""


@dataclass(slots=True, kw_only=True)
class _Named(Executable):
    """An executable with a name; a class of its own, so that the name comes before the options."""

    name: str = ""


@dataclass(slots=True, kw_only=True)
class BaseJob(TaskOptions, _Named):
    """The base of jobs, with the keywords of `TaskOptions`; `catalog` can only put files.

    Attributes:
        name: the name of the object that the job is compiled to; by default the name of its file.
        parameters: the parameters that it starts with, as those of a `Pipeline`.
    """

    task: ClassVar[type[BaseTask]]
    parameters: Sequence[Parameter] = ()

    def as_pipeline(self) -> Pipeline:
        """A pipeline whose only step is this job's task, named `job`."""
        options = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("name", "parameters", "span")}
        task = self.task(name=STEP, **options)
        pipeline = Pipeline(steps=[task], name=self.name, parameters=self.parameters)
        task.span = pipeline.span = self.span
        return pipeline

    def execute(
        self,
        configuration_file: str | PathLike[str] = "",
        job_id: str = "",
        tag: str = "",
        parameters_file: str | PathLike[str] = "",
        log_level: str = "WARNING",
        parameters: Mapping[str, Any] | None = None,
    ) -> RunRecord | None:
        """Run this job where the section `job-executor` of the configuration says, by default on this machine.

        `job_id` is the id of the run. `Pipeline.execute` describes the other arguments, the result and what is raised.
        """
        return current().execute(
            call_of(
                self,
                configuration_file=configuration_file,
                parameters_file=parameters_file,
                parameters=NO_PARAMETERS if parameters is None else parameters,
                run_id=job_id,
                tag=tag,
                log_level=log_level,
            )
        )


@dataclass(slots=True, kw_only=True)
class PythonJob(BaseJob):
    """A job that calls a Python function once. `function`: see `PythonTask`."""

    task: ClassVar[type[BaseTask]] = PythonTask

    function: Callable[..., Any]


@dataclass(slots=True, kw_only=True)
class ShellJob(BaseJob):
    """A job that runs a shell command once. `command`: see `ShellTask`."""

    task: ClassVar[type[BaseTask]] = ShellTask

    command: str


@dataclass(slots=True, kw_only=True)
class NotebookJob(BaseJob):
    """A job that executes a notebook once. `notebook`: see `NotebookTask`."""

    task: ClassVar[type[BaseTask]] = NotebookTask

    notebook: str | PathLike[str]
    optional_ploomber_args: Mapping[str, Any] | None = None
