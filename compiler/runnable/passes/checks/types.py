"""Checks values against annotations: what reaches an argument, and what functions return against what steps declare.

Needs: `Analyzed`. Leaves: diagnostics.

Only what is certain is reported, from annotations that resolve. A function's annotations are read once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field
from functools import partial
from types import FunctionType

from runnable.diagnostics.codes.types import (
    NothingReturned,
    ReturnCount,
    ReturnNotJson,
    ReturnSeldomJson,
    SeldomFits,
    TypeMismatch,
    Unannotated,
    ValueMismatch,
    WantsObject,
)
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import PythonCall, Task
from runnable.ir.walk import tasks
from runnable.passes.analysis.analyzed import Analyzed
from runnable.passes.analysis.values.fitting import Fit, fit
from runnable.passes.analysis.values.origins import Origin
from runnable.passes.analysis.values.returned import refused
from runnable.passes.analysis.values.value import ANYTHING, Exactly, ListOf, Scalar, Value, members, shown, travelling
from runnable_runtime.deferred import dataclass
from runnable_runtime.values.annotations import alternatives, is_opaque
from runnable_runtime.values.callables import NotWritten
from runnable_runtime.values.conversion import Mismatch, convert, shown_type
from runnable_runtime.values.signature import argument_annotation, arguments_without_annotation


def check_types(analyzed: Analyzed) -> Iterator[Diagnostic]:
    """Diagnostics of what every Python task returns, and of what it takes."""
    checker = _Checker(analyzed)
    for path, task in tasks(analyzed.program.graph):
        if isinstance(task.action, PythonCall):
            if task.returns:
                yield from checker.returns(task)
            yield from checker.takes(path, task, task.action)
    yield from checker.values()


@dataclass(frozen=True, slots=True)
class _Argument:
    """An annotated argument. With the default None it takes null, whatever its annotation is."""

    name: str
    annotation: object
    takes_null: bool


@dataclass(frozen=True, slots=True)
class _WrongValue:
    """An argument that the value of a parameter of the pipeline does not fit. `fatal`: see `Analyzed.is_fatal`."""

    task: Task
    argument: _Argument
    origin: Origin
    fatal: bool

    @property
    def taken(self) -> str:
        return f"{self.task.name!r} as {shown_type(self.argument.annotation)}"


@dataclass(slots=True)
class _Checker:
    analyzed: Analyzed
    _wrong: defaultdict[str, list[_WrongValue]] = field(default_factory=lambda: defaultdict(list))
    _arguments: dict[tuple[str, str], _Argument | None] = field(default_factory=dict)
    _fits: dict[tuple[int, int], tuple[Value, Fit]] = field(default_factory=dict)

    # --- what a step returns ---

    def returns(self, task: Task) -> Iterator[Diagnostic]:
        """Diagnostics of a step's declared returns that disagree with its function's annotation."""
        returned = self.analyzed.origins.returned(task)
        if returned is None:
            return
        annotated = partial(self.analyzed.origins.annotated, task, returned.annotation)
        names = tuple(declared.name for declared in task.returns)
        if isinstance(returned.values, int):
            yield ReturnCount(
                span=task.span, step=task.name, declared=names, found=returned.values, function=annotated()
            )
            return
        if returned.values == (Scalar.NULL,):
            yield NothingReturned(span=task.span, step=task.name, parameter=names[0], function=annotated())
        for declared, value in zip(task.returns, returned.values, strict=True):
            found = refused(value) if declared.kind in ("json", "metric") else None
            if found is not None:
                problem = ReturnNotJson if found[1] else ReturnSeldomJson
                yield problem(
                    span=task.span,
                    step=task.name,
                    parameter=declared.name,
                    what=found[0].what,
                    function=annotated(),
                    instead=found[0].instead,
                )

    # --- what a step takes ---

    def takes(self, path: str, task: Task, call: PythonCall) -> Iterator[Diagnostic]:
        """Diagnostics of arguments that no value that reaches them can become.

        Values of the pipeline's parameters are left to `values`.
        """
        for name, parameter in _taken(task):
            origins = self.analyzed.origins.read(path, parameter)
            argument = self._argument(call, name) if origins else None
            if argument is None:
                yield from self._unannotated(task, call, name, parameter, origins)
                continue
            yield from self._wants_object(task, argument, origins)
            for origin in origins:
                if origin.value is ANYTHING:
                    continue
                if argument.takes_null and any(_is_null(member) for member in members(origin.value)):
                    continue
                fits = self._fit(origin.value, argument)
                if fits is not Fit.MAYBE and origin.parameter:
                    fatal = self.analyzed.is_fatal(origin, path)
                    self._wrong[origin.parameter].append(_WrongValue(task, argument, origin, fatal))
                elif fits is not Fit.MAYBE:
                    yield self._mismatch(task, argument, origin, fits)

    def _unannotated(
        self, task: Task, call: PythonCall, name: str, read: str, origins: list[Origin]
    ) -> Iterator[Diagnostic]:
        """An argument without an annotation gets what travels, which is another value than was returned."""
        function = self.analyzed.functions.get(f"{call.module}:{call.name}")
        if not isinstance(function, FunctionType) or name not in arguments_without_annotation(function):
            return
        for origin in origins:
            declared = self.analyzed.origins.declared(read) if origin.parameter == read else None
            promised = declared or origin.value
            kind = travelling(promised)
            if kind is not None:
                yield Unannotated(
                    span=task.span,
                    step=task.name,
                    parameter=name,
                    found=shown(promised),
                    annotation=kind.__name__,
                    facts=(origin.text, self._taker(task)),
                )
                return

    def _wants_object(self, task: Task, argument: _Argument, origins: list[Origin]) -> Iterator[Diagnostic]:
        """An argument that JSON has no form for, where a step returns JSON."""
        if all(is_opaque(member) for member in alternatives(argument.annotation)):
            for origin in origins:
                if origin.json_of:
                    yield WantsObject(
                        span=task.span,
                        step=task.name,
                        parameter=argument.name,
                        wanted=shown_type(argument.annotation),
                        returning=origin.json_of,
                        facts=(origin.text, self._taker(task)),
                    )
                    return

    def values(self) -> Iterator[Diagnostic]:
        """Diagnostics of the pipeline's parameters whose values do not fit: one each, naming all steps that take it."""
        for wrong in self._wrong.values():
            first = next((one for one in wrong if one.fatal), wrong[0])
            others = dict.fromkeys(one.taken for one in wrong if one.taken != first.taken)
            value = first.origin.value
            also = f"also taken by {', '.join(others)}" if others else ""
            if first.fatal:
                yield ValueMismatch(
                    span=first.task.span,
                    step=first.task.name,
                    parameter=first.argument.name,
                    wanted=shown_type(first.argument.annotation),
                    found=shown(value),
                    facts=(_reason(value, first.argument), first.origin.text, self._taker(first.task), also),
                )
            else:
                yield SeldomFits(
                    span=first.task.span,
                    step=first.task.name,
                    parameter=first.argument.name,
                    wanted=shown_type(first.argument.annotation),
                    found=shown(value),
                    when="does not fit, so that the step would fail if it gets it",
                    origin="; ".join(filter(None, (first.origin.text, also))),
                )

    def _mismatch(self, task: Task, argument: _Argument, origin: Origin, fits: Fit) -> Diagnostic:
        wanted, found = shown_type(argument.annotation), shown(origin.value)
        if fits is not Fit.NEVER:
            return SeldomFits(
                span=task.span,
                step=task.name,
                parameter=argument.name,
                wanted=wanted,
                found=found,
                when=f"fits only if {'it is empty' if fits is Fit.EMPTY else 'the text is that of such a value'}",
                origin=origin.text,
            )
        return TypeMismatch(
            span=task.span,
            step=task.name,
            parameter=argument.name,
            wanted=wanted,
            found=found,
            facts=(origin.text, self._taker(task)),
            advice=_advice(origin, argument),
        )

    def _taker(self, task: Task) -> str:
        return f"{self.analyzed.origins.function(task)} takes it"

    def _argument(self, call: PythonCall, name: str) -> _Argument | None:
        key = (f"{call.module}:{call.name}", name)
        if key not in self._arguments:
            function = self.analyzed.functions.get(key[0])
            found = argument_annotation(function, name) if isinstance(function, FunctionType) else (NotWritten, False)
            self._arguments[key] = None if found[0] is NotWritten else _Argument(name, *found)
        return self._arguments[key]

    def _fit(self, value: Value, argument: _Argument) -> Fit:
        """`fit`, once for each value and argument: a parameter may be a long list that many steps take."""
        key = (id(value), id(argument))
        if key not in self._fits:
            self._fits[key] = value, fit(value, argument.annotation, argument.name)  # with the value, so that it stays
        return self._fits[key][1]


def _taken(task: Task) -> Iterator[tuple[str, str]]:
    """The arguments that get parameters, each with the name of the parameter."""
    given = {one.name for one in task.arguments}
    yield from ((name, name) for name in (*task.reads.required, *task.reads.optional) if name not in given)
    yield from ((one.name, one.parameter) for one in task.arguments if one.parameter)


def _is_null(value: Value) -> bool:
    return value is Scalar.NULL or (isinstance(value, Exactly) and value.value is None)


def _reason(value: Value, argument: _Argument) -> str:
    """The runtime's own message. This calls nothing that `fit` has not called."""
    if isinstance(value, Exactly):
        try:
            convert(value.value, argument.annotation, argument.name)
        except Mismatch as mismatch:
            return str(mismatch)
        except Exception:
            return ""
    return ""


def _advice(origin: Origin, argument: _Argument) -> str:
    value = origin.value
    if origin.collected and isinstance(value, ListOf) and fit(value.item, argument.annotation) >= Fit.TEXT:
        return "after a Map it is a list, with an item for each: take a list, or give the Map a reducer"
    return ""
