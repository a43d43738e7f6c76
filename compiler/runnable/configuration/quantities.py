"""Parsing durations, Kubernetes quantities and environment variables of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runnable_runtime.deferred import pattern

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from decimal import Decimal

_DURATION = pattern(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)?")
_PARTS = pattern(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, None: 1}
_QUANTITY = pattern(r"(\d+(?:\.\d+)?)(?:(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?|([eE][+-]?\d+))")
_SUFFIXES = ("k", "M", "G", "T", "P", "E")
_VARIABLE = pattern(r"[A-Za-z_][A-Za-z0-9_]*")


def is_variable(name: object) -> bool:
    """Whether `name` is a name for an environment variable."""
    return isinstance(name, str) and _VARIABLE.fullmatch(name) is not None


def is_quantity(value: object) -> bool:
    """Whether `value`, a number or a text, is a Kubernetes quantity."""
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return plain and _QUANTITY.fullmatch(str(value)) is not None


def parse_seconds(value: Any) -> Any:
    """Whole seconds, rounded up, from text such as "90s", "10m" or "2h"; a number is left as it is.

    Raises ValueError for another text.
    """
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        raise ValueError('a number of seconds, or text such as "90s", "10m" or "2h", is needed')
    return -int(-float(match[1]) * _SECONDS[match[2]] // 1)


def parse_duration(value: str | float) -> float:
    """Seconds, from a number of them or from text such as "250ms", "90s" or "1h30m". Raises ValueError for others."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return float(value)
    text = str(value).strip()
    parts = _PARTS.findall(text)
    if not parts or _PARTS.sub("", text):
        raise ValueError(f'{value!r} is no duration: seconds, or text such as "250ms", "90s" or "1h30m"')
    return sum(float(number) * (0.001 if unit == "ms" else _SECONDS[unit]) for number, unit in parts)


def parse_quantity(value: Any) -> str:
    """A Kubernetes quantity as text, such as "500m" or "1Gi". Raises ValueError for anything else."""
    if not is_quantity(value):
        raise ValueError('a Kubernetes quantity, such as "500m" or "1Gi", is needed')
    return str(value)


def quantity(text: str) -> Decimal:
    """The number that a Kubernetes quantity stands for: 0.5 for "500m", 1024 for "1Ki". Raises ValueError for none.

    Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    from decimal import Decimal  # no run needs it, unless a container has limits

    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no Kubernetes quantity")
    number, suffix, exponent = match[1], match[2] or "", match[3] or ""
    with exact():
        if suffix == "m":
            return Decimal(number) / 1000
        power = _SUFFIXES.index(suffix[0].replace("K", "k")) + 1 if suffix else 0
        factor: int = (1024 if suffix.endswith("i") else 1000) ** power
        return Decimal(number + exponent) * factor


def exact() -> AbstractContextManager[Any]:
    """Calculating with decimal numbers as ever, whatever precision a user's module has set for all of the process."""
    from decimal import Context, localcontext

    return localcontext(Context(prec=40))


def parse_environment(value: Any) -> Any:
    """A mapping of names to values, from such a mapping or from a list of mappings of `name` and `value`.

    Raises ValueError for an entry of another form, a name given twice, or a name that is none.
    """
    if isinstance(value, list):
        found: dict[str, Any] = {}
        for entry in value:
            if not isinstance(entry, Mapping) or entry.keys() != {"name", "value"}:
                raise ValueError("each entry has a name and a value, and nothing else")
            if entry["name"] in found:
                raise ValueError(f"{entry['name']!r} is given twice")
            found[entry["name"]] = entry["value"]
        value = found
    if isinstance(value, Mapping):
        for name in value:
            if not is_variable(name):
                raise ValueError(f"{name!r} is not a name for an environment variable")
    return value
