"""Parsing durations, Kubernetes quantities and environment variables of a configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, None: 1}
_QUANTITY = re.compile(r"\d+(\.\d+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?|\d+(\.\d+)?[eE][+-]?\d+")
_SUFFIXES = {"": Decimal(1), "m": Decimal("0.001")}
_SUFFIXES |= {suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTPE", 1)}
_SUFFIXES |= {f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", 1)}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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


def parse_quantity(value: Any) -> str:
    """A Kubernetes quantity as text, such as "500m" or "1Gi". Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not _QUANTITY.fullmatch(str(value)):
        raise ValueError('a Kubernetes quantity, such as "500m" or "1Gi", is needed')
    return str(value)


def quantity(text: str) -> Decimal:
    """The number that a Kubernetes quantity stands for: 0.5 for "500m", 1024 for "1Ki"."""
    suffix = text.lstrip("0123456789.")
    if suffix in _SUFFIXES:
        return Decimal(text.removesuffix(suffix)) * _SUFFIXES[suffix]
    return Decimal(text)  # such as 1e3


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
            if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
                raise ValueError(f"{name!r} is not a name for an environment variable")
    return value
