"""What an executor is: it takes a pipeline and a configuration, and runs it, or hands it to what will run it.

Another distribution adds one through an entry point, whose name is the `type` that configurations give:

    [project.entry-points."runnable.executors"]
    mine = "my_package.executor:MINE"        # an object of a subclass of `Executor`
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, ClassVar, Protocol

from runnable.configuration import Configuration
from runnable.ir.unit import CompilationUnit
from runnable.passes import accept, diagnose
from runnable_runtime.deferred import dataclass

if TYPE_CHECKING:
    from runnable.execution.exits import Ended
    from runnable.execution.launcher import Launcher
    from runnable.execution.run import RunContext
    from runnable.runs.code import Functions
    from runnable.runs.parts import Taken
    from runnable.runs.resume.request import Resumption
    from runnable.targets.target import Document
    from runnable_runtime.records.records import RunRecord


class EventStream(Protocol):
    """Takes the events that steps of a run yield."""

    def launcher(self, context: RunContext, functions: Functions, capacity: int) -> AbstractContextManager[Launcher]:
        """What starts tasks so that their events are taken; at most `capacity` at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """An accepted pipeline, and how it is to run.

    `run_id` is empty where a new one is to be made. `resumption` is the run to resume, `taken` what ends as in an
    earlier run, `stream` takes the events of steps; they are None for executors that do not do this. `compile` gives
    the output of a compilation target for the pipeline; what an earlier run that is resumed has done is left out.
    `ended` is the run that the pipeline runs after, in whose record it is (`execution.exits`).
    """

    unit: CompilationUnit
    configuration: Configuration
    compile: Callable[[str], tuple[Document, ...]]
    run_id: str = ""
    tag: str = ""
    resumption: Resumption | None = None
    taken: Taken | None = None
    stream: EventStream | None = None
    ended: Ended | None = None


class Executor(ABC):
    """Runs pipelines.

    `waits`: it runs a pipeline to its end, with a record in the configuration's store, and can resume a recorded run;
    others write or submit what runs later. `streams`: it can stream events of steps meanwhile. `exits`: it can run what
    comes after a run, in the run's record (`RunRequest.ended`).
    """

    waits: ClassVar[bool] = True
    streams: ClassVar[bool] = False
    exits: ClassVar[bool] = False

    def serves(self, unit: CompilationUnit) -> bool:
        """Whether it runs such a pipeline, or job."""
        return True

    @abstractmethod
    def settings(self, unit: CompilationUnit, configuration: Configuration) -> object:
        """Its settings, read from its section of `configuration`. Raises ConfigurationError."""

    def check(self, unit: CompilationUnit, configuration: Configuration) -> None:
        """Find what is wrong with its settings, or what of `unit` it cannot do; nothing runs.

        Raises ConfigurationError or DefinitionError.
        """
        self.settings(unit, configuration)

    def prepare(self, unit: CompilationUnit, configuration: Configuration) -> CompilationUnit:
        """The pipeline as it will run, accepted. Raises DefinitionError or ConfigurationError."""
        accept(unit, diagnose(unit))
        return unit

    def prepare_exit(self, unit: CompilationUnit, configuration: Configuration) -> CompilationUnit:
        """What runs after a pipeline that `prepare` has accepted, as it will run. Raises ConfigurationError."""
        from runnable.executors.prepare import resolve_secrets

        resolve_secrets(unit.program, configuration)
        return unit

    @abstractmethod
    def run(self, request: RunRequest) -> RunRecord | None:
        """Run the pipeline; the record of how it ended, or None if it does not wait for that.

        Raises DefinitionError, ConfigurationError, RunInterrupted, ClusterError.
        """
