"""The classes that users write pipelines with: plain objects, which `frontend.build` turns into the IR."""

from runnable.sdk.catalog import Catalog
from runnable.sdk.composites import Conditional, Loop, Map, Parallel
from runnable.sdk.parameters import Parameter
from runnable.sdk.pipeline import Pipeline
from runnable.sdk.returns import json, metric, pickled
from runnable.sdk.tasks import ContainerTask, NotebookTask, PythonTask, ShellTask, Stub

__all__ = [
    "Catalog",
    "Conditional",
    "ContainerTask",
    "Loop",
    "Map",
    "NotebookTask",
    "Parallel",
    "Parameter",
    "Pipeline",
    "PythonTask",
    "ShellTask",
    "Stub",
    "json",
    "metric",
    "pickled",
]
