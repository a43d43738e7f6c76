"""Checks the values that composites depend on: a Map's list and reducer, a Conditional's text, a Loop's end.

Needs: `Analyzed`. Leaves: diagnostics.

Only what is certain is reported, from annotations that resolve and from the parameters' values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runnable.diagnostics.codes.choices import (
    BranchMissing,
    BranchNeverChosen,
    LoopNeverBreaks,
    NoBranchFits,
)
from runnable.diagnostics.codes.dataflow import NotAList
from runnable.diagnostics.codes.types import SeldomFits
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.wording import nearest
from runnable.ir.nodes import BODY, FanOut, Graph, Loop, Switch, Task
from runnable.ir.walk import join, walk
from runnable.passes.analysis.analyzed import Analyzed
from runnable.passes.analysis.skipping import is_handled
from runnable.passes.analysis.values.fitting import Fit, fit
from runnable.passes.analysis.values.origins import Origin
from runnable.passes.analysis.values.value import (
    ANYTHING,
    BOOLEANS,
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
    shown,
)


def check_choices(analyzed: Analyzed) -> Iterator[Diagnostic]:
    """Diagnostics of the values that every fan-out, switch and loop depends on."""
    for path, node in walk(analyzed.program.graph):
        match node:
            case FanOut():
                yield from _list(analyzed, path, node)
            case Switch():
                yield from _branches(analyzed, path, node)
            case Loop():
                yield from _end(analyzed, path, node)
            case Task() | Graph():
                pass


# --- fan-outs ---


def _list(analyzed: Analyzed, path: str, node: FanOut) -> Iterator[Diagnostic]:
    for origin in analyzed.origins.read(path, node.iterate_on):
        if fit(origin.value, list) is not Fit.NEVER:
            continue
        found = shown(origin.value)
        if not analyzed.is_fatal(origin, path):
            yield SeldomFits(
                span=node.span,
                step=node.name,
                parameter=node.iterate_on,
                wanted="a list",
                found=found,
                when="is none, so that it would fail if it gets it",
                origin=origin.text,
            )
        else:
            yield NotAList(span=node.span, step=node.name, parameter=node.iterate_on, found=found, origin=origin.text)
        if origin.parameter:
            break  # one item of a list that is wrong says it of the others


# --- switches ---


def _branches(analyzed: Analyzed, path: str, node: Switch) -> Iterator[Diagnostic]:
    origins = analyzed.origins.read(path, node.parameter)
    names = [branch.name for branch in node.branches if branch.name != node.default]
    if not origins or any(origin.value is ANYTHING for origin in origins):
        return
    chosen = [name for name in names if any(_can_be(m, name) for origin in origins for m in members(origin.value))]
    given = any(origin.parameter for origin in origins)
    texts = "; ".join(origin.text for origin in origins[:3])
    found = " or ".join(dict.fromkeys(shown(origin.value) for origin in origins))
    if not chosen and node.default is None:
        if all(analyzed.is_fatal(origin, path) for origin in origins):
            only = next((_text(m) for origin in origins for m in members(origin.value)), None)
            yield NoBranchFits(
                span=node.span,
                step=node.name,
                parameter=node.parameter,
                branches=tuple(names),
                found=found,
                origin=texts,
                near=nearest(only, names) if only else None,
                boolean=any(origin.value == BOOLEANS or _is_boolean(origin.value) for origin in origins),
            )
        elif not is_handled(analyzed.program, path):
            when = "is none, so that it would fail if it gets it"
            wanted = f"the name of a branch ({', '.join(map(repr, names))})"
            yield SeldomFits(
                span=node.span,
                step=node.name,
                parameter=node.parameter,
                wanted=wanted,
                found=found,
                when=when,
                origin=texts,
            )
        return
    if node.default is None:
        yield from _missing(node, names, [origin for origin in origins if not origin.parameter])
    if not given:
        for name in names:
            if name not in chosen:
                yield BranchNeverChosen(
                    span=node.span, step=node.name, parameter=node.parameter, branch=name, origin=texts
                )


def _missing(node: Switch, names: list[str], origins: list[Origin]) -> Iterator[Diagnostic]:
    """Diagnostics of values without a branch, where an origin has only a number of exact values."""
    for origin in origins:
        values = [_text(member) for member in members(origin.value)]
        missing = tuple(value for value in values if value is not None and value not in names)
        if missing:
            yield BranchMissing(
                span=node.span,
                step=node.name,
                parameter=node.parameter,
                values=missing,
                origin=origin.text,
                branches=tuple(name for name in names if name not in values),
            )


def _text(value: Value) -> str | None:
    """The text that a conditional compares with the names of its branches, if `value` is a single value."""
    if value is Scalar.NULL:
        return str(None)
    if isinstance(value, Exactly) and not isinstance(value.value, list | dict):
        return str(value.value)
    return None


def _is_boolean(value: Value) -> bool:
    return isinstance(value, Exactly) and isinstance(value.value, bool)


def _can_be(value: Value, name: str) -> bool:
    """Whether the text of some `value` is `name`."""
    match opened(value):
        case Exactly(exact):
            return str(exact) == name
        case Scalar.NULL:
            return name == "None"
        case Scalar.INTEGER:
            return bool(re.fullmatch(r"-?\d+|True|False", name))
        case Scalar.NUMBER:  # a dot cannot be in a name
            return bool(re.fullmatch(r"-?\d+(e[+-]?\d+)?|True|False", name))
        case ListOf() | TupleOf() | Object() | NotJson():
            return False
        case Scalar.TEXT | Unknown() | Instance() | OneOf():
            return True


# --- loops ---


def _end(analyzed: Analyzed, path: str, node: Loop) -> Iterator[Diagnostic]:
    body = join(path, BODY)
    written = analyzed.flow.defined[body].get(node.break_on)
    if written is None:
        if not analyzed.flow.reaching[path].get(node.break_on):
            return  # nothing provides it at all: see `passes.missing`
        found = "no step of its branch returns it, so it does not change"
        yield LoopNeverBreaks(span=node.span, step=node.name, parameter=node.break_on, found=found, origin="")
        return
    origins = analyzed.origins.output(body, node.break_on)
    if not written.certain:
        origins = [*origins, *analyzed.origins.read(path, node.break_on)]
    if any(_can_be_true(member) for origin in origins for member in members(origin.value)):
        return
    found = "it is " + " or ".join(dict.fromkeys(shown(origin.value) for origin in origins)) + ", and never True"
    texts = "; ".join(origin.text for origin in origins[:3])
    yield LoopNeverBreaks(span=node.span, step=node.name, parameter=node.break_on, found=found, origin=texts)


def _can_be_true(value: Value) -> bool:
    return value is ANYTHING or (isinstance(value, Exactly) and value.value is True)
