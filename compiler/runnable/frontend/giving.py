"""What is given to a pipeline's parameters, as the types that it declares."""

from __future__ import annotations

import json
import os
import typing
from collections.abc import Mapping, Sequence
from dataclasses import replace

from runnable.configuration import Given, read_given
from runnable.configuration.parameters import CODE
from runnable.diagnostics.codes.parameters import NotAChoice, ValueNotOfType
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import Declaration
from runnable.ir.unit import CompilationUnit
from runnable.sdk.describe import shown
from runnable_runtime.protocol import Json
from runnable_runtime.values.annotations import LISTS, SETS, alternatives
from runnable_runtime.values.conversion import Mismatch
from runnable_runtime.values.declared import decode_as
from runnable_runtime.values.fitted import Fitted, fitted
from runnable_runtime.values.scalars import json_shown
from runnable_runtime.values.texts import decode_text

PARAMETERS_FILE = "RUNNABLE_PARAMETERS_FILE"


def give(
    unit: CompilationUnit,
    file: str = "",
    values: Mapping[str, Json] | None = None,
    typed: Sequence[str] = (),
    *,
    variables: bool = True,
) -> CompilationUnit:
    """`unit` with its parameters: what `read_given` finds, by the declared types, and declared defaults.

    Values that are not of their types are among its diagnostics. Without `variables` the environment gives nothing.
    Raises ConfigurationError for an unusable file.
    """
    declared = frozenset(one.name for one in unit.program.declared)
    preferred = os.environ.get(PARAMETERS_FILE, "") if variables else ""
    if variables:
        given = read_given(file, values or {}, typed, preferred=preferred, declared=declared)
    else:
        given = {name: Given(value, CODE) for name, value in (values or {}).items()}
    problems: list[Diagnostic] = []
    found: dict[str, Json] = {}
    for one in unit.program.declared:
        if one.name in given:
            found[one.name] = _value(one, given[one.name], unit.types.get(one.name, object), problems)
        elif one.has_default:
            found[one.name] = one.default
    found |= {name: value.value for name, value in given.items() if name not in declared}
    program = replace(unit.program, parameters=found)
    diagnostics = (*unit.diagnostics, *problems)
    return replace(unit, program=program, diagnostics=diagnostics, given=frozenset(given))


def _value(one: Declaration, given: Given, annotation: object, problems: list[Diagnostic]) -> Json:
    span, at = given.span or one.span, f"declared in {one.span.display()}" if one.span else ""
    at = at if given.span else ""
    try:
        found = _fitted(one, given, annotation)
    except Mismatch as mismatch:
        problems.append(
            ValueNotOfType(
                span=span,
                parameter=one.name,
                wanted=one.type,
                found=_shown(given),
                source=given.source,
                declared=at,
                reason=str(mismatch),
                advice=_advice(given, annotation),
            )
        )
        return given.value
    if not one.choices or (found.value is None and one.has_default and one.default is None):
        return found.value
    for choice in one.choices:
        if fitted(choice, annotation, one.kind, one.name).made == found.made:
            return choice
    choices = tuple(json_shown(choice) for choice in one.choices)
    problems.append(
        NotAChoice(
            span=span,
            parameter=one.name,
            found=_shown(given),
            source=given.source,
            declared=at,
            choices=choices,
        )
    )
    return found.value


def _fitted(one: Declaration, given: Given, annotation: object) -> Fitted:
    """What is given, by its text if that is known. In a file, it may be another form of the value, such as 0x1F."""
    if given.value is None and one.has_default and one.default is None:
        return Fitted(None, None)
    if given.text is None:
        return fitted(given.value, annotation, one.kind, one.name)
    try:
        return fitted(decode_as(given.text, one.kind), annotation, one.kind, one.name)
    except Mismatch:
        if given.span is None or isinstance(given.value, str):
            raise
        return fitted(given.value, annotation, one.kind, one.name)


def _advice(given: Given, annotation: object) -> str:
    """How a list is written, where somebody wrote one with commas."""
    for member in alternatives(annotation):
        kind = typing.get_origin(member) or member
        if given.text and (kind in LISTS or kind in SETS or kind is tuple) and not given.text.lstrip().startswith("["):
            items = [decode_text(item.strip()) for item in given.text.split(",")]
            return f"write a list as JSON: {json.dumps(items, ensure_ascii=False)}"
    return ""


def _shown(given: Given) -> str:
    return shown(given.text) if given.text is not None else json_shown(given.value)
