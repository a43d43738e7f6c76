"""Checks that the parameters that steps take their images from are texts.

Needs: `Analyzed`. Leaves: diagnostics.
"""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.codes.programs import ImageNotText
from runnable.ir.walk import tasks
from runnable.passes.analysis.analyzed import Analyzed
from runnable.passes.analysis.values.value import (
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


def check_images(analyzed: Analyzed) -> Iterator[ImageNotText]:
    """A diagnostic for each step whose image is certainly none."""
    for path, task in tasks(analyzed.program.graph):
        if not task.image_from:
            continue
        for origin in analyzed.origins.read(path, task.image_from):
            if all(_is_none(member) for member in members(origin.value)):
                yield ImageNotText(
                    span=task.span,
                    step=task.name,
                    parameter=task.image_from,
                    found=shown(origin.value),
                    origin=origin.text,
                )
                break


def _is_none(value: Value) -> bool:
    """Whether `value` certainly names no image: an image is a text without blanks."""
    match opened(value):
        case Exactly(exact):
            return not isinstance(exact, str) or not exact or exact != "".join(exact.split())
        case Scalar.INTEGER | Scalar.NUMBER | Scalar.NULL | ListOf() | TupleOf() | Object() | NotJson():
            return True
        case Scalar.TEXT | Unknown() | Instance() | OneOf():
            return False
