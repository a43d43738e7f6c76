"""`Pipeline`, a list of steps, and `Step`, the base of all steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from os import PathLike
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.errors import DefinitionError
from runnable.diagnostics.span import Span, caller_span
from runnable.sdk.declared import Declared
from runnable.sdk.ends import End
from runnable.sdk.handler import NO_PARAMETERS, Executable, bundle_of, call_of, current
from runnable.sdk.notify import Notification
from runnable.sdk.parameters import Parameter
from runnable_runtime.deferred import dataclass

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord


_Next = TypeVar("_Next", bound="Step | End | Sequence[Step]")


@dataclass(slots=True, kw_only=True)
class Pipeline(Executable):
    """A list of steps; each runs after the one before it has succeeded, or after the steps that its `after` names.

    Attributes:
        steps: the steps, at least one, of unique names. If one of them says `after`, all of them run as soon as the
            steps that they are after have succeeded, and one that says none starts at once.
        name: what runs and manifests call it; by default the name of its file.
        description: a text for people, shown by what the pipeline is compiled to.
        parameters: the parameters that it starts with, where their types, defaults and choices are to be checked and
            shown; only of the outermost pipeline. Others may be given, too.
        timeout: how long the whole pipeline may take, seconds or text such as "2h"; then what runs is stopped, and the
            run has failed. A branch may have one, too.
        mutex: the name of a lock that a run holds from its start to its end: of all runs of pipelines that name it, one
            runs at a time (docs/locks.md); only of the outermost pipeline.
        semaphore: a name with a limit, `{"licences": 3}`, likewise: at most so many runs at a time.
        fuse: True runs neighbouring tasks in one pod on Argo where they can share one (docs/fusing.md): fewer pods, the
            same results and records. Elsewhere nothing changes, nor does it in branches of this pipeline's composites.
        on_exit: a Pipeline that runs at the end, however the run has ended, and does not change how (docs/exits.md).
            Its steps can take `run_id`, `status`, `failures` and `duration`; only of the outermost pipeline.
        notify: messages that are sent at the end: `webhook(...)`, `slack(...)`, `email(...)`, `command(...)`; likewise.
        internal_branch_name: accepted as in the published package; it has no effect.
    """

    steps: Sequence[Step]
    name: str = ""
    description: str = ""
    internal_branch_name: str = ""
    parameters: Sequence[Parameter] = ()
    timeout: float | str | None = None
    mutex: str | None = None
    semaphore: Mapping[str, int] = field(default_factory=dict)
    fuse: bool = False
    on_exit: Pipeline | None = None
    notify: Sequence[Notification] = ()

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

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """The pipeline's picture, which Jupyter and other notebooks show."""
        return bundle_of(self)

    def _repr_html_(self) -> str:
        """The same, for what asks for HTML only."""
        return bundle_of(self)["text/html"]


@dataclass(slots=True, kw_only=True)
class Step(Declared):
    """The base of all steps: tasks, stubs and composites.

    Attributes:
        name: unique in its pipeline; docs/errors.md, RN101, has the characters that are not allowed.
        terminate_with_success: True ends the pipeline with success after this step, which must be its last one. That
            is what a last step does by default.
        terminate_with_failure: True ends the pipeline with failure after this step, which must be its last one.
        on_failure: the handler: a Pipeline that runs if this step fails, instead of the steps after it.

    Where not each step is to run after the one before it in the list, `after` says which ones a step waits for.
    """

    name: str
    terminate_with_success: bool = False
    terminate_with_failure: bool = False
    on_failure: Pipeline | None = None
    waits_for: tuple[tuple[Any, Span], ...] | None = field(default=None, init=False, repr=False, compare=False)
    """What `after` was given, each with the line; None if it was not called."""

    def after(self, *steps: Step) -> Self:
        """Let this step start when `steps`, of the same pipeline, have succeeded; returns this step.

        With no steps it starts at once. Of a pipeline in which one step says `after`, the list's order says nothing.
        """
        span = caller_span()
        self.waits_for = (*(self.waits_for or ()), *((step, span) for step in steps))
        return self

    def __rshift__(self, other: _Next) -> _Next:
        """`self >> other`: `other`, a step or a list of steps, is after this one; an end ends the pipeline after it."""
        return _joined([self], other)

    def __rrshift__(self, others: Sequence[Step]) -> Self:
        """`[a, b] >> self`: this step is after each of them."""
        return _joined(others, self)

    def __lshift__(self, other: _Next) -> _Next:
        """`self << other`: this step is after `other`, a step or a list of steps."""
        return other if _joined(_listed(other), self) is self else NotImplemented

    def __rlshift__(self, others: Sequence[Step]) -> Self:
        """`[a, b] << self`: each of them is after this step."""
        return self if _joined([self], others) is others else NotImplemented

    @classmethod
    def admit(cls, arguments: tuple[Any, ...], keywords: Mapping[str, Any], span: Span) -> dict[str, Any]:
        """See `Declared.admit`. A keyword `after`, which a Stub would ignore, is a mistake."""
        if "after" in keywords:
            reason = "is a method, not a keyword: write `step.after(other, another)`"
            raise DefinitionError([BadOption(span=span, owner=cls.__name__, option="after", reason=reason)])
        return super(Step, cls).admit(arguments, keywords, span)  # noqa: UP008  # slots: this class is not the one written

    def as_pipeline(self) -> Pipeline:
        """A pipeline of this one step, with its name."""
        return Pipeline(steps=[self], name=self.name)

    def described(self) -> str:
        """See `Described`."""
        return f"the {type(self).__name__} {self.name!r}"


def _joined(before: object, after: _Next) -> _Next:
    """`after`, each step of which now waits for each step of `before`; NotImplemented where one is no step."""
    first, then = _listed(before), _listed(after)
    if not first or not (then or isinstance(after, End)):
        return cast("_Next", NotImplemented)
    if isinstance(after, End):
        for step in first:
            after.end(step)
    for step in then:
        step.after(*first)
    return after


def _listed(steps: object) -> list[Step]:
    """A step, or all of a list of them; nothing for anything else."""
    if isinstance(steps, Step):
        return [steps]
    if isinstance(steps, list | tuple) and all(isinstance(step, Step) for step in steps):
        return list(steps)
    return []
