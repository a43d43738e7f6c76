"""Jobs: one task that is run by itself, without a pipeline around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

from runnable.sdk.handler import Executable, Execution, current
from runnable.sdk.pipeline import Pipeline
from runnable.sdk.returns import TaskReturns
from runnable.sdk.tasks import BaseTask, NotebookTask, PythonTask, ShellTask

if TYPE_CHECKING:
    from runnable.sdk.catalog import Catalog
    from runnable_runtime.records.records import RunRecord

STEP = "job"
"""The name of a job's task in its record."""


@dataclass(slots=True, kw_only=True)
class BaseJob(Executable):
    """What all jobs have: a name for what they are compiled to, and the options of a task (`BaseTask`)."""

    task: ClassVar[type[BaseTask]]

    name: str = ""
    returns: Sequence[str | TaskReturns] = field(default_factory=list)
    retry: int | None = None
    timeout: int | float | str | None = None
    resources: Mapping[str, Any] | None = None
    image: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = field(default_factory=list)
    overrides: Mapping[str, str] = field(default_factory=dict)
    catalog: Catalog | None = None
    secrets: Sequence[str] = field(default_factory=list)
    cache: bool = False

    def as_pipeline(self) -> Pipeline:
        """A pipeline of this one task."""
        options = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("name", "span")}
        task = self.task(name=STEP, **options)
        pipeline = Pipeline(steps=[task], name=self.name)
        task.span = pipeline.span = self.span
        return pipeline

    def execute(
        self,
        configuration_file: str = "",
        job_id: str = "",
        tag: str = "",
        parameters_file: str = "",
        log_level: str = "WARNING",
    ) -> RunRecord | None:
        """Run this job where `job-executor` in the configuration says: on this machine, unless told otherwise.

        `job_id` names its record. See `Pipeline.execute` for what is returned and raised.
        """
        return current().execute(
            Execution(
                subject=self,
                configuration_file=configuration_file,
                parameters_file=parameters_file,
                run_id=job_id,
                tag=tag,
                log_level=log_level,
            )
        )


@dataclass(slots=True, kw_only=True)
class PythonJob(BaseJob):
    """Call a function once. See `PythonTask`."""

    task: ClassVar[type[BaseTask]] = PythonTask

    function: Callable[..., Any]


@dataclass(slots=True, kw_only=True)
class ShellJob(BaseJob):
    """Run a command line once. See `ShellTask`."""

    task: ClassVar[type[BaseTask]] = ShellTask

    command: str


@dataclass(slots=True, kw_only=True)
class NotebookJob(BaseJob):
    """Execute a notebook once. See `NotebookTask`."""

    task: ClassVar[type[BaseTask]] = NotebookTask

    notebook: str
    optional_ploomber_args: Mapping[str, Any] | None = None
