"""Write a pipeline of Python functions, notebooks and shell commands; run it here, or compile it to Argo."""

from runnable_runtime import __version__ as __version__

TYPE_CHECKING = False  # what type checkers take for true; importing `typing` would take longer than all the rest here
if TYPE_CHECKING:
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
    from runnable.sdk.jobs import NotebookJob, PythonJob, ShellJob
    from runnable.sdk.pipeline import Pipeline
    from runnable.sdk.returns import TaskReturns, json, metric, pickled
    from runnable.sdk.tasks import NotebookTask, PythonTask, ShellTask, Stub

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
    "runnable.sdk.jobs": ("NotebookJob", "PythonJob", "ShellJob"),
    "runnable.sdk.pipeline": ("Pipeline",),
    "runnable.sdk.returns": ("TaskReturns", "json", "metric", "pickled"),
    "runnable.sdk.tasks": ("NotebookTask", "PythonTask", "ShellTask", "Stub"),
}
"""Where each public name is from. It is imported when it is asked for: `runnable --help` waits for none of them."""


def __getattr__(name: str) -> object:
    """A public name, from its module."""
    from importlib import import_module

    module = next((module for module, names in _MODULES.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(module), name)
    return found


def __dir__() -> list[str]:
    """The public names, for completion in an editor or a notebook."""
    return sorted({*globals(), *__all__})


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
    "json",
    "metric",
    "pickled",
]
