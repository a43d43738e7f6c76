"""Write a pipeline of Python functions, notebooks and shell commands; run it here, or compile it to Argo."""

from os import PathLike as _PathLike
from typing import Any as _Any

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
from runnable.sdk.handler import Handler, set_default
from runnable.sdk.jobs import NotebookJob, PythonJob, ShellJob
from runnable.sdk.pipeline import Pipeline
from runnable.sdk.returns import TaskReturns, auto, json, metric, pickled
from runnable.sdk.tasks import NotebookTask, PythonTask, ShellTask, Stub
from runnable_runtime import __version__ as __version__


def load(run: str, step: str, name: str, configuration_file: str | _PathLike[str] = "") -> _Any:
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


def _driver() -> Handler:
    from runnable.driver import handler

    return handler


set_default(_driver)

__all__ = [
    "AsyncPipeline",
    "AsyncPythonTask",
    "Catalog",
    "Conditional",
    "ConfigurationError",
    "DefinitionError",
    "ExecutionFailedError",
    "Loop",
    "Map",
    "NotebookJob",
    "NotebookTask",
    "Parallel",
    "Pipeline",
    "PythonJob",
    "PythonTask",
    "RunInterrupted",
    "RunnableError",
    "ShellJob",
    "ShellTask",
    "Stub",
    "TaskReturns",
    "auto",
    "json",
    "load",
    "metric",
    "pickled",
]
