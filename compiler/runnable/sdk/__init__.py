"""What users write pipelines with. The objects are plain and say little; `frontend.build` makes the IR of them."""

from runnable.sdk.catalog import Catalog
from runnable.sdk.composites import Conditional, Loop, Map, Parallel
from runnable.sdk.pipeline import Pipeline
from runnable.sdk.returns import json, metric, pickled
from runnable.sdk.tasks import NotebookTask, PythonTask, ShellTask, Stub

__all__ = [
    "Catalog",
    "Conditional",
    "Loop",
    "Map",
    "NotebookTask",
    "Parallel",
    "Pipeline",
    "PythonTask",
    "ShellTask",
    "Stub",
    "json",
    "metric",
    "pickled",
]
