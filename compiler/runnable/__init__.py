"""Write a pipeline of Python functions, notebooks and shell commands; run it here, or compile it to Argo."""

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
    "metric",
    "pickled",
]
