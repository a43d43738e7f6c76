"""Reading an amount of a resource that is more than a quantity: ``param("mem")``, ``"2Gi * attempt"``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from runnable.configuration.quantities import is_quantity, quantity
from runnable.frontend.returns import is_name
from runnable.ir.amounts import GROWING, Amount
from runnable.sdk.describe import shown
from runnable.sdk.parameters import ParameterReference
from runnable_runtime.deferred import pattern

_GROWS = pattern(r"\s*(\S+?)\s*\*\s*attempt\s*")
_LEAST = 1024 * 1024
"""Bytes: nothing runs in less memory than that, so the unit has been forgotten."""


def is_amount(value: Any) -> bool:
    """Whether `value` is meant to be more than a quantity."""
    return isinstance(value, ParameterReference) or (isinstance(value, str) and ("*" in value or "attempt" in value))


def read_amount(name: str, value: Any, bad: Callable[[str], None]) -> str | None:
    """The amount of the resource `name`, as `ir.amounts` has it; None for a mistake, which is noted."""
    if name not in GROWING:
        bad(f"{name} is a quantity: only {', '.join(GROWING[:-1])} and {GROWING[-1]} can come from a parameter or grow")
        return None
    if isinstance(value, ParameterReference):
        return _of_parameter(name, value.name, bad, grows=False)
    match = _GROWS.fullmatch(value)
    if match is None:
        example = '"500m * attempt"' if name == "cpu" else '"2Gi * attempt"'
        bad(f'{name} is a quantity, param(NAME), {example} or "NAME * attempt" with a parameter, not {shown(value)}')
        return None
    if not is_quantity(match[1]):
        return _of_parameter(name, match[1], bad, grows=True)
    if reason := _wrong_unit(name, match[1]):
        bad(reason)
        return None
    return Amount(quantity=match[1], grows=True).encode()


def _of_parameter(name: str, parameter: Any, bad: Callable[[str], None], *, grows: bool) -> str | None:
    if not is_name(parameter):
        bad(f"{name}: {shown(parameter)} is neither a quantity nor the name of a parameter")
        return None
    return Amount(parameter=parameter, grows=grows).encode()


def _wrong_unit(name: str, text: str) -> str:
    """What is wrong with the unit of a quantity of `name`; empty for nothing."""
    unit = re.sub(r"^[0-9.]+", "", text)
    if name == "cpu":
        return f'cpu is counted in processors, "1" or "500m", not in {unit!r}' if unit not in ("", "m") else ""
    if unit == "m" or quantity(text) < _LEAST:
        return f'{name} is counted in bytes, and {text!r} is less than one Mi: "{re.sub("[a-z]+$", "", text)}Gi"?'
    return ""
