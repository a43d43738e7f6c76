"""The steps that do one thing: tasks, Approval, which waits for a person, and Stub, which does nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from os import PathLike
from typing import Any, ClassVar

from runnable.sdk.catalog import Catalog
from runnable.sdk.options import TaskOptions
from runnable.sdk.parameters import ArgumentText, Parameter, ParameterReference
from runnable.sdk.pipeline import Pipeline, Step
from runnable.sdk.returns import TaskReturns
from runnable_runtime.deferred import dataclass


@dataclass(slots=True, kw_only=True)
class BaseTask(TaskOptions, Step):
    """The base of tasks, with the keywords of a `Step`, and those of `TaskOptions`."""


@dataclass(slots=True, kw_only=True)
class PythonTask(BaseTask):
    """A task that calls a Python function.

    Attributes:
        function: a function at the top level of a module. Its arguments are parameters by name, converted to what
            they are annotated with; several values are returned as a tuple, in the order of `returns`.
    """

    function: Callable[..., Any]


@dataclass(slots=True, kw_only=True)
class ShellTask(BaseTask):
    """A task that runs a shell command.

    Attributes:
        command: the text for `/bin/sh -c`. Visible parameters are environment variables, text as it is and other
            values as JSON; variables that the command exports can be returned. It fails with another exit code than 0.
    """

    command: str


@dataclass(slots=True, kw_only=True)
class NotebookTask(BaseTask):
    """A task that executes a notebook once, from its first cell to its last.

    Attributes:
        notebook: the path of the .ipynb file, relative to the project. Parameters are set as variables after its cell
            tagged `parameters`; its variables can be returned.
        optional_ploomber_args: accepted as in the published package, and must be empty.
    """

    notebook: str | PathLike[str]
    optional_ploomber_args: Mapping[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class ContainerTask(BaseTask):
    """A task that runs a program of any image, which needs nothing of this package in it.

    Attributes:
        command: the program, and what always stands before its arguments; no shell reads it.
        args: its further arguments, each a text, the value of a parameter, `param("lr")`, or both: `"--lr=" +
            param("lr")`. A value is one argument, or a part of one, whatever is in it.
        returns: by the names of parameters, the files that the program writes them to, absolute paths. A value is what
            the file has as JSON, else its text. The folders of these files exist, are empty, and can be written to.
        working_dir: the folder that the program starts in; by default the image's.
    """

    command: Sequence[str]
    args: Sequence[str | ParameterReference | ArgumentText] = ()
    returns: Mapping[str | TaskReturns, str] = field(default_factory=dict)  # type: ignore[assignment]  # files, by name
    working_dir: str = ""


@dataclass(slots=True, kw_only=True)
class Approval(Step):
    """A step that waits until a person approves or rejects it (docs/approvals.md).

    Attributes:
        message: what is asked, for people.
        deadline: how long it waits, seconds or text such as "2h"; then the step fails. By default it waits for ever.
        answers: what is to be given with the approval, each a `Parameter` with its type, default and choices. The steps
            after it take the answers by their names.
    """

    message: str = ""
    deadline: float | str | None = None
    answers: Sequence[Parameter] = ()


@dataclass(slots=True, kw_only=True)
class Stub(Step):
    """A step that does nothing, and succeeds.

    It accepts any further keyword and ignores it, so that a step can be silenced by changing its class. Files of
    `catalog` are got and put all the same.
    """

    ignores_unknown: ClassVar[bool] = True

    catalog: Catalog | None = None

    def __init__(
        self,
        *,
        name: str,
        catalog: Catalog | None = None,
        terminate_with_success: bool = False,
        terminate_with_failure: bool = False,
        on_failure: Pipeline | None = None,
        **ignored: object,
    ) -> None:
        self.name = name
        self.catalog = catalog
        self.terminate_with_success = terminate_with_success
        self.terminate_with_failure = terminate_with_failure
        self.on_failure = on_failure
        self.waits_for = None
