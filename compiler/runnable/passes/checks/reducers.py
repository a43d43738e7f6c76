"""Checks that the reducer of a Map can combine what its branch returns, under every name.

Needs: `Analyzed`. Leaves: diagnostics, all of them warnings: a Map over an empty list combines nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runnable.diagnostics.codes.choices import ReducerMisfits
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import BODY, FanOut, Reduce
from runnable.ir.walk import join, walk
from runnable.passes.analysis.analyzed import Analyzed
from runnable.passes.analysis.values.fitting import Fit, fit
from runnable.passes.analysis.values.value import (
    ANYTHING,
    Exactly,
    Instance,
    ListOf,
    NotJson,
    Object,
    OneOf,
    Scalar,
    TupleOf,
    Unknown,
    Value,
    members,
    opened,
)
from runnable_runtime.values.annotations import alternatives, is_opaque
from runnable_runtime.values.callables import (
    POSITIONAL_ONLY,
    POSITIONAL_OR_KEYWORD,
    VAR_POSITIONAL,
    FunctionArgument,
    NotWritten,
)
from runnable_runtime.values.signature import arguments

_POSITIONAL = (POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD)


def check_reducers(analyzed: Analyzed) -> Iterator[Diagnostic]:
    """Diagnostics of what every fan-out reduces."""
    for path, node in walk(analyzed.program.graph):
        if isinstance(node, FanOut):
            yield from _misfits(analyzed, path, node)


def _misfits(analyzed: Analyzed, path: str, node: FanOut) -> Iterator[Diagnostic]:
    """Diagnostics of returns that the reducer cannot combine."""
    names = tuple(analyzed.flow.defined[join(path, BODY)])
    for name in names:
        action = node.reduce.action if node.reduce else None
        reducer = action.of(name) if isinstance(action, Reduce) else node.reducer
        function = analyzed.functions.get(reducer or "")
        for origin in analyzed.origins.output(join(path, BODY), name) if reducer else ():
            builtin = (reducer or "").removeprefix("builtins:")
            if function is None or builtin != reducer:
                misfits = all(_is_misfit(builtin, item) for item in members(origin.value))
            else:
                misfits = origin.value is not ANYTHING and not _takes(function, origin.value)
            if misfits:
                yield ReducerMisfits(
                    span=node.span,
                    step=node.name,
                    reducer=(reducer or "").rpartition(":")[2],
                    parameter=name,
                    origin=origin.text,
                    others=tuple(other for other in names if other != name),
                )


def _is_misfit(reducer: str, item: Value) -> bool:
    """Whether the builtin `reducer` cannot combine values such as `item`, as they travel."""
    if reducer not in ("sum", "max", "min", "sorted"):
        return False
    match opened(item):
        case Object() | Scalar.NULL:
            return True
        case Exactly(exact):
            return exact is None or (reducer == "sum" and isinstance(exact, str))
        case Scalar.TEXT | ListOf() | TupleOf():
            return reducer == "sum"
        case Instance(_, examples):  # it would compare, or add, the texts that they travel as
            return bool(examples)
        case Scalar.INTEGER | Scalar.NUMBER | Unknown() | NotJson() | OneOf():
            return False


def _takes(function: Callable[..., object], item: Value) -> bool:
    """Whether the annotations of a reducer allow values such as `item`: `runnable_runtime.tasks.reduce.apply`."""
    known = arguments(function)
    starred = [p for p in known if p.kind == VAR_POSITIONAL]
    needed = [p for p in known if p.kind in _POSITIONAL and p.default is NotWritten]
    each = starred or (needed if len(needed) == 2 else [])
    wanted = (each or known)[:1]
    if not wanted:
        return True
    annotation = wanted[0].annotation
    if all(map(is_opaque, alternatives(annotation))):  # only an object can be that
        return any(isinstance(it, Instance) and not it.examples and _fits(it, annotation, each) for it in members(item))
    return _fits(item, annotation, each)


def _fits(item: Value, annotation: object, each: list[FunctionArgument]) -> bool:
    return fit(item if each else ListOf(item), annotation) > Fit.EMPTY
