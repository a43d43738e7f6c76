"""Kubernetes quantities in the units that an engine takes."""

from __future__ import annotations

import re
from decimal import Decimal

_QUANTITY = re.compile(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {f"{prefix}i": 10 * power for power, prefix in enumerate("KMGTPE", start=1)}


def number(quantity: str) -> Decimal:
    """The number that a quantity such as "500m" or "1.5Gi" stands for. Raises ValueError for what is none.

    Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    match = _QUANTITY.fullmatch(quantity.strip())
    if match is None or (match[2] not in _DECIMAL and match[2] not in _BINARY):
        raise ValueError(f"{quantity!r} is no Kubernetes quantity")
    factor = Decimal(2) ** _BINARY[match[2]] if match[2] in _BINARY else Decimal(10) ** _DECIMAL[match[2]]
    return Decimal(match[1]) * factor


def nano_cpus(cpu: str) -> int:
    """Billionths of a processor, at least 0.01 of one: the least that an engine takes."""
    return max(10_000_000, int(number(cpu) * 10**9))


def memory_bytes(memory: str) -> int:
    """Bytes, rounded up."""
    value = number(memory)
    return int(value) + (value != int(value))
