"""Write a pipeline of Python functions, notebooks and shell commands; run it here, or compile it to Argo."""

from runnable_runtime import __version__ as __version__

TYPE_CHECKING = False  # what type checkers take for true; importing `typing` would take longer than all the rest here
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any

    from runnable.diagnostics.errors import (
        ConfigurationError,
        DefinitionError,
        ExecutionFailedError,
        RunInterrupted,
        RunnableError,
    )
    from runnable.sdk.asynchronous import AsyncPipeline, AsyncPythonTask
    from runnable.sdk.catalog import Catalog
    from runnable.sdk.composites import Conditional, Loop, Map, Parallel
    from runnable.sdk.ends import Fail, Success
    from runnable.sdk.jobs import NotebookJob, PythonJob, ShellJob
    from runnable.sdk.notify import command, email, secret, slack, webhook
    from runnable.sdk.others import HttpTask, TemplateTask
    from runnable.sdk.parameters import Parameter, param
    from runnable.sdk.pipeline import Pipeline
    from runnable.sdk.returns import TaskReturns, auto, json, metric, pickled
    from runnable.sdk.tasks import Approval, ContainerTask, NotebookTask, PythonTask, ShellTask, Stub
    from runnable_runtime.cards import card

_MODULES = {
    "runnable.diagnostics.errors": (
        "ConfigurationError",
        "DefinitionError",
        "ExecutionFailedError",
        "RunInterrupted",
        "RunnableError",
    ),
    "runnable.sdk.asynchronous": ("AsyncPipeline", "AsyncPythonTask"),
    "runnable.sdk.catalog": ("Catalog",),
    "runnable.sdk.composites": ("Conditional", "Loop", "Map", "Parallel"),
    "runnable.sdk.ends": ("Fail", "Success"),
    "runnable.sdk.jobs": ("NotebookJob", "PythonJob", "ShellJob"),
    "runnable.sdk.notify": ("command", "email", "secret", "slack", "webhook"),
    "runnable.sdk.others": ("HttpTask", "TemplateTask"),
    "runnable.sdk.parameters": ("Parameter", "param"),
    "runnable.sdk.pipeline": ("Pipeline",),
    "runnable.sdk.returns": ("TaskReturns", "auto", "json", "metric", "pickled"),
    "runnable.sdk.tasks": ("Approval", "ContainerTask", "NotebookTask", "PythonTask", "ShellTask", "Stub"),
    "runnable_runtime.cards": ("card",),
}
"""Where each public name is from. It is imported when it is asked for: `runnable --help` waits for none of them."""


def load(run: str, step: str, name: str, configuration_file: "str | PathLike[str]" = "") -> "Any":
    """What a step of a recorded run has returned under `name`: a JSON value, or an object, such as a data frame.

    Loading a pickle runs code of whoever can write to the store of the run.

    Args:
        run: the run's id, or the beginning of it, or "latest".
        step: the step's path, or as much of the end of it as is needed.
        name: one of the names that the step returns.
        configuration_file: names the stores; RUNNABLE_CONFIGURATION_FILE wins over it.

    Raises:
        RunnableError: there is no such run, step or return, or the store cannot be used.
    """
    from os import fspath

    from runnable.driver.load import load as load_value

    return load_value(run, step, name, fspath(configuration_file))


def __getattr__(name: str) -> object:
    """A public name, from its module."""
    from importlib import import_module

    from runnable_runtime.garbage import paused

    module = next((module for module, names in _MODULES.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with paused():
        found = globals()[name] = getattr(import_module(module), name)
    return found


def __dir__() -> list[str]:
    """The public names, for completion in an editor or a notebook."""
    return sorted({*globals(), *__all__})


__all__ = [
    "Approval",
    "AsyncPipeline",
    "AsyncPythonTask",
    "Catalog",
    "Conditional",
    "ConfigurationError",
    "ContainerTask",
    "DefinitionError",
    "ExecutionFailedError",
    "Fail",
    "HttpTask",
    "Loop",
    "Map",
    "NotebookJob",
    "NotebookTask",
    "Parallel",
    "Parameter",
    "Pipeline",
    "PythonJob",
    "PythonTask",
    "RunInterrupted",
    "RunnableError",
    "ShellJob",
    "ShellTask",
    "Stub",
    "Success",
    "TaskReturns",
    "TemplateTask",
    "auto",
    "card",
    "command",
    "email",
    "json",
    "load",
    "metric",
    "param",
    "pickled",
    "secret",
    "slack",
    "webhook",
]
