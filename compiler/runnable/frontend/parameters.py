"""Declared parameters: from `Pipeline(parameters=[...])` to the IR; what that leaves out, the functions say."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from enum import Enum
from typing import Any

from runnable.diagnostics.codes.parameters import BadDefault, DeclaredTwice, DefaultsDiffer, TypeUnusable
from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.frontend.docstrings import argument_help
from runnable.frontend.readers import Reader, readers
from runnable.ir.nodes import Declaration, Graph
from runnable.sdk.arguments import plain_json
from runnable.sdk.describe import shown
from runnable.sdk.parameters import UNSAID, Parameter
from runnable.sdk.pipeline import Pipeline, Step
from runnable.sdk.tasks import Approval
from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import Json
from runnable_runtime.values.annotations import alternatives, is_opaque, plain_annotation
from runnable_runtime.values.conversion import Mismatch, shown_type
from runnable_runtime.values.declared import ANY, kind_of
from runnable_runtime.values.fitted import Fitted, fitted

_NAME = pattern(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}")
_LINES = ("each", "item", "iteration", "number", "object")
"""Names with which a line of a task's inputs would begin as one of another form does (`runnable_runtime.protocol`)."""


@dataclass(slots=True)
class Declarations:
    """The declared parameters of a pipeline, the types of those that have one, and what is wrong with them."""

    functions: Mapping[str, Callable[..., Any]]
    found: dict[str, Declaration] = field(default_factory=dict)
    types: dict[str, object] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)

    def read(self, pipeline: Pipeline, graph: Graph, owner: str) -> None:
        """Read what `pipeline` declares, whose steps are `graph`; `owner` is the class that the user has written."""
        taken = readers(graph, self.functions) if pipeline.parameters else {}
        self._read(pipeline.parameters, pipeline, owner, "parameters", taken)

    def read_answers(self, step: Approval, owner: str) -> None:
        """Read the answers of `step`, which is called `owner`."""
        self._read(step.answers, step, owner, "answers", {})

    def _read(
        self, written: Any, where: Pipeline | Step, owner: str, option: str, taken: Mapping[str, list[Reader]]
    ) -> None:
        """Read what `where` has as `option`; `taken` are the arguments that take it, by name."""
        if isinstance(written, str | Mapping) or not hasattr(written, "__iter__"):
            self._bad(where, owner, option, f"is a list of Parameters, not {shown(written)}")
            return
        for one in list(written):
            if not isinstance(one, Parameter):
                self._bad(where, owner, option, f"holds {shown(one)}, which is no Parameter")
            elif not _is_name(one.name):
                self._bad(one, "Parameter", "name", f"is letters, digits, _ and -, not {shown(one.name)}")
            elif (first := self.found.get(one.name)) is not None:
                at = first.span.display() if first.span else "another line"
                self.problems.append(DeclaredTwice(span=one.span, parameter=one.name, first=at))
            else:
                self.found[one.name] = self._declaration(one, taken.get(one.name, []))

    def _declaration(self, one: Parameter, taken: list[Reader]) -> Declaration:
        declared = self._type(one, taken)
        self.types[one.name] = declared
        kind = ANY if one.name in _LINES else kind_of(declared)
        choices = self._choices(one, declared, kind)
        has_default, default = self._default(one, declared, kind, taken)
        if has_default and default.value is None:
            kind = kind if kind == ANY or kind.endswith("?") else f"{kind}?"
        elif has_default and choices:
            if default.made not in [choice.made for choice in choices]:
                self._wrong(one, "the default", default.value, "one of its choices")
            default = next((choice for choice in choices if choice.made == default.made), default)
        help_: Any = one.help
        if not isinstance(help_, str):
            self._bad(one, one.described(), "help", f"is a text, not {shown(help_)}")
            help_ = ""
        return Declaration(
            one.name,
            "Any" if declared is Any else shown_type(declared),
            kind,
            has_default,
            default.value,
            tuple(choice.value for choice in choices),
            " ".join(help_.split()) or next(filter(None, (argument_help(r.function, r.argument) for r in taken)), ""),
            one.span,
        )

    def _type(self, one: Parameter, taken: list[Reader]) -> object:
        if one.type is UNSAID:
            found = [reader.annotation for reader in taken if reader.annotation is not None]
            said = found[0] if found and all(other == found[0] for other in found) else Any
        elif _is_type(one.type):
            said = one.type
        else:
            self._bad(one, one.described(), "type", f"is a type, such as int or date, not {shown(one.type)}")
            return Any
        if any(is_opaque(member) for member in alternatives(said)):
            reason = f"neither a text nor a value of JSON becomes a {shown_type(said)}"
            self.problems.append(TypeUnusable(span=one.span, parameter=one.name, reason=reason))
            return Any
        return said

    def _choices(self, one: Parameter, declared: object, kind: str) -> list[Fitted]:
        written: Any = one.choices
        if written is None:
            own = [self._fitted(one, "", value, declared, kind) for value in _own_choices(declared)]
            return [choice for choice in own if choice is not None]
        if isinstance(written, str | Mapping) or not hasattr(written, "__iter__") or not list(written):
            self._bad(one, one.described(), "choices", f"is a list of values, not {shown(written)}")
            return []
        found = [self._fitted(one, "a choice", value, declared, kind) for value in written]
        return [choice for choice in found if choice is not None]

    def _default(self, one: Parameter, declared: object, kind: str, taken: list[Reader]) -> tuple[bool, Fitted]:
        nothing = Fitted(None, None)
        if one.default is not UNSAID:
            found = self._fitted(one, "the default", one.default, declared, kind)
            return True, found or nothing
        if not taken or any(not reader.has_default for reader in taken):
            return False, nothing
        different = {repr(reader.default): reader for reader in taken}
        if len(different) > 1:
            listed = tuple(f"{reader.where} has {shown(reader.default)}" for reader in different.values())
            self.problems.append(DefaultsDiffer(span=one.span, parameter=one.name, defaults=listed))
            return True, nothing
        default = taken[0].default
        if default is None:  # an argument with this default takes null, whatever its annotation is
            return True, nothing
        found = self._fitted(one, f"the default (of {taken[0].where})", default, declared, kind)
        return True, found or nothing

    def _fitted(self, one: Parameter, what: str, value: object, declared: object, kind: str) -> Fitted | None:
        """`value`, which the author wrote as `what`, as the declared type; None, and a problem, if it is none."""
        try:
            return fitted(plain_json(value, one.name), declared, kind, one.name)
        except BadReturn:
            self._wrong(one, what, value, "JSON")
        except Mismatch as mismatch:
            self._wrong(one, what, value, shown_type(declared), str(mismatch))
        return None

    def _wrong(self, one: Parameter, what: str, value: Json, wanted: str, reason: str = "") -> None:
        if what:
            found = shown(value)
            self.problems.append(
                BadDefault(span=one.span, parameter=one.name, what=what, found=found, wanted=wanted, reason=reason)
            )

    def _bad(self, where: Parameter | Pipeline | Step, owner: str, option: str, reason: str) -> None:
        self.problems.append(BadOption(span=where.span, owner=owner, option=option, reason=reason))


def _is_name(written: object) -> bool:
    return isinstance(written, str) and _NAME.fullmatch(written) is not None


def _is_type(written: object) -> bool:
    if isinstance(written, type | types.UnionType) or typing.get_origin(written) is not None or written is Any:
        return True
    return hasattr(written, "__supertype__") or type(written).__name__ == "TypeAliasType"


def _own_choices(declared: object) -> Iterator[object]:
    """The values of a Literal, or the members of an enumeration."""
    declared = plain_annotation(declared)
    if typing.get_origin(declared) is typing.Literal:
        yield from typing.get_args(declared)
    elif isinstance(declared, type) and issubclass(declared, Enum):
        yield from (member.value for member in declared)
