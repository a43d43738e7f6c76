"""What to write where something else than a pipeline was written."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from runnable.sdk.pipeline import Step


def pipeline_of(value: Any) -> str:
    """How to make a pipeline of `value`, as the advice of a message; empty if that is not clear."""
    match value:
        case Step():
            return "add .as_pipeline() to it"
        case [Step(), *_]:
            return "make a pipeline of them: Pipeline(steps=[...])"
        case FunctionType():
            return f"PythonTask(name=..., function={value.__name__}).as_pipeline() runs it"
        case _:
            return ""
