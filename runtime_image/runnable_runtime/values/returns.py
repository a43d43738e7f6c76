"""From what a task returned to its outputs: one JSON value for each declared name, or an object in the store."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import Json, ReturnSpec
from runnable_runtime.values.callables import NotWritten
from runnable_runtime.values.conversion import unaliased
from runnable_runtime.values.encoding import to_json
from runnable_runtime.values.members import hints_of
from runnable_runtime.values.reference import Reference

Save = Callable[[object, str], Reference]
"""Keeps an object that is returned under a name."""


def collect(
    result: object, returns: tuple[ReturnSpec, ...], where: str, save: Save, annotation: object = NotWritten
) -> dict[str, Json]:
    """The outputs of a function that returned `result`.

    A single declared return takes the whole result, whatever it is. Of several, each takes its value of a tuple.

    Args:
        result: what the function returned.
        returns: what its step declares; nothing is collected if it is empty.
        where: the function's name, for messages.
        annotation: what the function is annotated to return.
        save: what becomes of those that are pickled, once all others are known to be JSON.

    Raises:
        BadReturn: the number of values is another one than declared, or a value is not JSON.
    """
    if not returns:
        return {}
    values: tuple[object, ...] = result if isinstance(result, tuple) and len(returns) > 1 else (result,)
    if len(values) != len(returns):
        names = ", ".join(returned.name for returned in returns)
        given = "1 value" if len(values) == 1 else f"{len(values)} values"
        raise BadReturn(f"{where} returned {given}, and its step declares {len(returns)}: {names}")
    annotations = dict(zip(returns, split_annotation(annotation, len(returns)), strict=True))
    return convert_all(dict(zip(returns, values, strict=True)), save, annotations, where)


def convert_all(
    values: Mapping[ReturnSpec, object], save: Save, annotations: Mapping[ReturnSpec, object], where: str
) -> dict[str, Json]:
    """The outputs for `values`: JSON, and references. Raises BadReturn for a value that is not JSON and has to be."""
    found: dict[ReturnSpec, Json] = {}
    for spec, value in values.items():
        if spec.kind != "object":
            try:
                found[spec] = to_json(value, spec.name, annotations.get(spec, Any), where)
            except BadReturn:
                if spec.kind != "auto":
                    raise
    return {spec.name: found[spec] if spec in found else save(value, spec.name) for spec, value in values.items()}


def split_annotation(annotation: object, count: int) -> tuple[object, ...]:
    """What each of `count` returns is annotated as, where a function is annotated to return `annotation`."""
    annotation = unaliased(annotation)
    while typing.get_origin(annotation) is typing.Annotated and count > 1:
        annotation = unaliased(typing.get_args(annotation)[0])
    if count == 1:
        return (Any if annotation is NotWritten else annotation,)
    kind, arguments = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if kind is typing.Union or isinstance(annotation, types.UnionType):
        columns = [column for member in arguments if (column := split_annotation(member, count)) != (Any,) * count]
        return tuple(typing.Union[column] for column in zip(*columns, strict=True)) if columns else (Any,) * count  # noqa: UP007
    if kind is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return (arguments[0],) * count
    if kind is tuple and len(arguments) == count:
        return arguments
    names: tuple[str, ...] = getattr(kind, "_fields", ())
    hints = hints_of(annotation) if len(names) == count else {}
    return tuple(hints.get(name, Any) for name in names) if hints else (Any,) * count


def type_name(value: object) -> str:
    """The class of `value`, with its module unless it is a builtin."""
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
