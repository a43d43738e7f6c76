"""`Pipeline`, an ordered list of steps, and `Step`, the base of all steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from runnable.sdk.declared import Declared
from runnable.sdk.handler import NO_PARAMETERS, Executable, call_of, current
from runnable.sdk.parameters import Parameter

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord


@dataclass(slots=True, kw_only=True)
class Pipeline(Executable):
    """An ordered list of steps; each runs after the one before it has succeeded.

    Attributes:
        steps: the steps, at least one, of unique names.
        name: what runs and manifests call it; by default the name of its file.
        description: a text for people, shown by what the pipeline is compiled to.
        parameters: the parameters that it starts with, where their types, defaults and choices are to be checked and
            shown; only of the outermost pipeline. Others may be given, too.
        internal_branch_name: accepted as in the published package; it has no effect.
    """

    steps: Sequence[Step]
    name: str = ""
    description: str = ""
    internal_branch_name: str = ""
    parameters: Sequence[Parameter] = ()

    def execute(
        self,
        configuration_file: str | PathLike[str] = "",
        run_id: str = "",
        tag: str = "",
        parameters_file: str | PathLike[str] = "",
        log_level: str = "WARNING",
        parameters: Mapping[str, Any] | None = None,
    ) -> RunRecord | None:
        """Run this pipeline where the configuration says, by default on this machine.

        While a file is being compiled, and inside of a task, nothing runs and the result is None.

        Args:
            configuration_file: the path of a YAML file; RUNNABLE_CONFIGURATION_FILE wins over it. By default
                `runnable-config.yaml`, if it exists.
            run_id: the id of the run; by default RUNNABLE_RUN_ID, or a new one.
            tag: a text to find the run by, kept in its record.
            parameters_file: the path of a YAML file with parameters; RUNNABLE_PARAMETERS_FILE wins over it.
            log_level: the level of the logger `runnable`, such as "INFO".
            parameters: values by name, which win over those of the file: JSON, and what annotations convert from JSON,
                such as dates. RUNNABLE_PRM_<name> and the command line win over them.

        Returns:
            The record of the run, which has succeeded; None if the executor only submits the pipeline, or writes its
            manifest.

        Raises:
            DefinitionError: the pipeline is wrong; nothing has run.
            ConfigurationError: a configuration or parameters file is wrong; nothing has run.
            ExecutionFailedError: the run failed.
            RunInterrupted: Ctrl-C or SIGTERM ended the run.
        """
        return current().execute(
            call_of(
                self,
                configuration_file=configuration_file,
                parameters_file=parameters_file,
                parameters=NO_PARAMETERS if parameters is None else parameters,
                run_id=run_id,
                tag=tag,
                log_level=log_level,
            )
        )

    def described(self) -> str:
        """See `Described`."""
        return "a Pipeline"


@dataclass(slots=True, kw_only=True)
class Step(Declared):
    """The base of all steps: tasks, stubs and composites.

    Attributes:
        name: unique in its pipeline; docs/errors.md, RN101, has the characters that are not allowed.
        terminate_with_success: True ends the pipeline with success after this step, which must be its last one. That
            is what a last step does by default.
        terminate_with_failure: True ends the pipeline with failure after this step, which must be its last one.
        on_failure: the handler: a Pipeline that runs if this step fails, instead of the steps after it.
    """

    name: str
    terminate_with_success: bool = False
    terminate_with_failure: bool = False
    on_failure: Pipeline | None = None

    def as_pipeline(self) -> Pipeline:
        """A pipeline of this one step, with its name."""
        return Pipeline(steps=[self], name=self.name)

    def described(self) -> str:
        """See `Described`."""
        return f"the {type(self).__name__} {self.name!r}"
