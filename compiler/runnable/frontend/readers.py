"""The functions that take a parameter: what they are annotated with, their defaults, and where they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from runnable.diagnostics.span import Span
from runnable.ir.nodes import Graph, PythonCall
from runnable.ir.walk import tasks
from runnable_runtime.deferred import dataclass
from runnable_runtime.values.callables import NotWritten
from runnable_runtime.values.signature import arguments


@dataclass(frozen=True, slots=True)
class Reader:
    """A function that takes a parameter as its argument `argument`; `annotation` is None if it has none."""

    step: str
    function: Callable[..., Any]
    argument: str
    annotation: object
    has_default: bool
    default: object

    @property
    def where(self) -> str:
        """The function for a message: ``FILE:LINE name()``."""
        return called(self.function)


def called(function: Callable[..., Any]) -> str:
    """A function for a message: ``FILE:LINE name()``."""
    code = getattr(function, "__code__", None)
    place = f"{Span(code.co_filename, code.co_firstlineno).display()} " if code else ""
    return f"{place}{getattr(function, '__name__', 'a function')}()"


def readers(graph: Graph, functions: Mapping[str, Callable[..., Any]]) -> dict[str, list[Reader]]:
    """By the name of a parameter, the Python tasks in `graph` that take it, each with the path of its step."""
    found: dict[str, list[Reader]] = defaultdict(list)
    for path, task in tasks(graph):
        call = task.action
        function = functions.get(f"{call.module}:{call.name}") if isinstance(call, PythonCall) else None
        if function is None:
            continue
        named = {argument.name: argument for argument in arguments(function)}
        given = {one.name for one in task.arguments}
        taken = [(name, name) for name in (*task.reads.required, *task.reads.optional) if name not in given]
        for taking, name in (*taken, *((one.name, one.parameter) for one in task.arguments if one.parameter)):
            if (argument := named.get(taking)) is not None:
                annotation = None if argument.annotation is NotWritten else argument.annotation
                has_default = argument.default is not NotWritten
                found[name].append(Reader(path, function, taking, annotation, has_default, argument.default))
    return dict(found)
