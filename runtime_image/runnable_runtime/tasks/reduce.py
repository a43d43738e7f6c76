"""A reduce task: makes one value of each list that a Map returned, by functions or lambdas of the user."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from runnable_runtime.failures import BadInput, TaskFailure
from runnable_runtime.protocol import REDUCERS, Json, ReturnSpec, TaskSpec, is_lambda
from runnable_runtime.stores.objects import Objects
from runnable_runtime.tasks.python import load, users_exceptions
from runnable_runtime.values.callables import (
    POSITIONAL_ONLY,
    POSITIONAL_OR_KEYWORD,
    VAR_POSITIONAL,
    FunctionArgument,
    NotWritten,
    written_arguments,
)
from runnable_runtime.values.conversion import Mismatch, convert, shown_type, shown_value
from runnable_runtime.values.parameters import reduced
from runnable_runtime.values.reference import has_object
from runnable_runtime.values.returns import convert_all, split_annotation
from runnable_runtime.values.signature import arguments, promised

_POSITIONAL = (POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD)
Reducer = Callable[..., Any]


def run(
    spec: TaskSpec,
    parameters: Mapping[str, Json],
    project: Path,
    function: Callable[..., object] | None,
    objects: Objects,
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Reduce the list under each name that `spec` returns and that is there; gives back the outputs and the lists.

    `function` is the reducer, if this process has it; where each name has its own, it gives that of a name, or None.

    Raises TaskFailure: a reducer fails, or returns what is not JSON; the message names what it was reducing.
    """
    lists = {returned: parameters[returned.name] for returned in spec.returns if returned.name in parameters}
    targets = dict(entry.split("=", 1) for entry in spec.each)
    outputs: dict[str, Json] = {}
    for returned, values in lists.items():
        target = targets.get(returned.name, "list") if targets else spec.target
        with _naming(returned.name, target, project):
            if target in REDUCERS:
                outputs[returned.name] = reduced(values, target, returned.name, objects.load)
                continue
            own: Any = function(returned.name) if function is not None and targets else function
            outputs |= _reduced(returned, values, own or _loaded(replace(spec, target=target), project), objects)
    return outputs, {returned.name: values for returned, values in lists.items()}


@contextmanager
def _naming(name: str, target: str, project: Path) -> Iterator[None]:
    """Name the return, and its reducer, in what fails."""
    try:
        with users_exceptions(project):
            yield
    except TaskFailure as failure:
        shown = target if is_lambda(target) else target.rpartition(":")[2]
        failure.message = f"reducing {name!r} with {shown}: {failure.message}"
        failure.args = (failure.message,)
        raise


def _loaded(spec: TaskSpec, project: Path) -> Reducer:
    return eval(spec.target, {}) if is_lambda(spec.target) else load(spec, project)  # noqa: S307 - the user's own code


def _reduced(returned: ReturnSpec, stored: Json, reducer: Reducer, objects: Objects) -> dict[str, Json]:
    values = objects.load(stored, returned.name)
    if not isinstance(values, list):
        raise BadInput(f"{returned.name!r} is no list to reduce")
    result = apply(reducer, values, typed=not has_object(stored))
    (annotation,) = split_annotation(promised(reducer), 1)
    shown = f"{getattr(reducer, '__name__', '')}()"
    return convert_all({returned: result}, objects.save, {returned: annotation}, "" if "<" in shown else shown)


def apply(reducer: Reducer, values: list[Json], *, typed: bool = False) -> Any:
    """Call `reducer` as it can be called: with ``*values``, folded over them if it takes two, else with the list.

    With `typed` the values are converted to what its arguments are annotated as. Raises BadInput if they cannot be.
    """
    try:
        parameters = written_arguments(reducer)
    except (TypeError, ValueError):  # builtins such as `max` do not say
        return reducer(values)
    wanted = arguments(reducer) if typed else []
    if any(p.kind == VAR_POSITIONAL for p in parameters):
        starred = [p for p in wanted if p.kind == VAR_POSITIONAL]
        return reducer(*(_converted(value, starred) for value in values))
    required = [p for p in parameters if p.kind in _POSITIONAL and p.default is NotWritten]
    if len(required) == 2:
        return functools.reduce(reducer, [_converted(value, wanted) for value in values])
    return reducer(_converted(values, wanted))


def _converted(value: Json, wanted: list[FunctionArgument]) -> Any:
    """`value` as the first of these arguments is annotated."""
    if not wanted:
        return value
    try:
        return convert(value, wanted[0].annotation, wanted[0].name)
    except Mismatch as mismatch:
        reason = f": {mismatch}" if str(mismatch) else ""
        expected = shown_type(wanted[0].annotation)
        raise BadInput(f"{wanted[0].name!r} is taken as {expected}, found {shown_value(value)}{reason}") from None
