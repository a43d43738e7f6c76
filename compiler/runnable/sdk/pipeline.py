"""A pipeline: steps that run one after another, and what can be done with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runnable.sdk.declared import Declared
from runnable.sdk.handler import Executable, Execution, current

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord


@dataclass(slots=True, kw_only=True)
class Pipeline(Executable):
    """Steps in the order in which they run. `name` and `description` are shown by what it is compiled to."""

    steps: Sequence[Step]
    name: str = ""
    description: str = ""
    internal_branch_name: str = ""

    def execute(
        self,
        configuration_file: str = "",
        run_id: str = "",
        tag: str = "",
        parameters_file: str = "",
        log_level: str = "WARNING",
    ) -> RunRecord | None:
        """Run this pipeline where the configuration says: on this machine, unless told otherwise.

        While a file is being compiled or a task imports it, nothing runs and None is returned. Otherwise the result is
        the run's record.

        Raises:
            DefinitionError: the pipeline is wrong; nothing has run.
            ConfigurationError: a configuration or parameters file is wrong; nothing has run.
            ExecutionFailedError: the run failed.
            RunInterrupted: Ctrl-C or SIGTERM ended the run.
        """
        return current().execute(
            Execution(
                subject=self,
                configuration_file=configuration_file,
                parameters_file=parameters_file,
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
    """What all steps have. `name` is unique in its pipeline (see docs/errors.md, RN101, for what it may hold).

    `terminate_with_success` and `terminate_with_failure` end the pipeline after this step; the last step of a
    pipeline ends it with success without being told.
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
