"""A reduce task: makes one value of each list that a Map returned, by a function or a lambda of the user."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runnable_runtime.failures import BadInput
from runnable_runtime.protocol import Json, TaskSpec, is_lambda
from runnable_runtime.stores.objects import Objects
from runnable_runtime.tasks.python import load, users_exceptions
from runnable_runtime.values.returns import convert_all

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def run(
    spec: TaskSpec,
    parameters: Mapping[str, Json],
    project: Path,
    function: Callable[..., object] | None,
    objects: Objects,
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Reduce the list under each name that `spec` returns and that is there; gives back the outputs and the lists.

    Raises TaskFailure: the function fails, or returns what is not JSON.
    """
    lists = {r: objects.load(parameters[r.name], r.name) for r in spec.returns if r.name in parameters}
    for returned, values in lists.items():
        if not isinstance(values, list):
            raise BadInput(f"{returned.name!r} is no list to reduce")
    with users_exceptions(project):
        if function is not None:
            reducer: Callable[..., Any] = function
        elif is_lambda(spec.target):
            reducer = eval(spec.target, {})  # noqa: S307 - the user's own code, as any task is
        else:
            reducer = load(spec, project)
        outputs = convert_all({returned: apply(reducer, values) for returned, values in lists.items()}, objects.save)
    return outputs, {returned.name: parameters[returned.name] for returned in lists}


def apply(reducer: Callable[..., Any], values: list[Json]) -> Any:
    """Call `reducer` as it can be called: with ``*values``, folded over them if it takes two, else with the list."""
    try:
        parameters = inspect.signature(reducer).parameters.values()
    except (TypeError, ValueError):  # builtins such as `max` do not say
        return reducer(values)
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
        return reducer(*values)
    required = [p for p in parameters if p.kind in _POSITIONAL and p.default is inspect.Parameter.empty]
    return functools.reduce(reducer, values) if len(required) == 2 else reducer(values)
