"""The classes that users write pipelines with: plain objects, which `frontend.build` turns into the IR."""

from typing import TYPE_CHECKING

from runnable.sdk.catalog import Catalog
from runnable.sdk.composites import Conditional, Loop, Map, Parallel
from runnable.sdk.ends import Fail, Success
from runnable.sdk.parameters import Parameter, param
from runnable.sdk.pipeline import Pipeline
from runnable.sdk.returns import TaskReturns, auto, json, metric, pickled
from runnable.sdk.tasks import BaseTask, ContainerTask, NotebookTask, PythonTask, ShellTask, Stub

if TYPE_CHECKING:
    from runnable.sdk.asynchronous import AsyncPipeline, AsyncPythonTask
    from runnable.sdk.jobs import BaseJob, NotebookJob, PythonJob, ShellJob

_SELDOM = {
    "asynchronous": ("AsyncPipeline", "AsyncPythonTask"),
    "jobs": ("BaseJob", "NotebookJob", "PythonJob", "ShellJob"),
}
"""What is imported when it is asked for."""


def __getattr__(name: str) -> object:
    """A class that few pipelines need, from its module."""
    from importlib import import_module

    module = next((module for module, names in _SELDOM.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)


__all__ = [
    "AsyncPipeline",
    "AsyncPythonTask",
    "BaseJob",
    "BaseTask",
    "Catalog",
    "Conditional",
    "ContainerTask",
    "Fail",
    "Loop",
    "Map",
    "NotebookJob",
    "NotebookTask",
    "Parallel",
    "Parameter",
    "Pipeline",
    "PythonJob",
    "PythonTask",
    "ShellJob",
    "ShellTask",
    "Stub",
    "Success",
    "TaskReturns",
    "auto",
    "json",
    "metric",
    "param",
    "pickled",
]
