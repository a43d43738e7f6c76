"""Kubernetes quantities in the units that an engine takes."""

from __future__ import annotations

from runnable.configuration.quantities import quantity


def nano_cpus(cpu: str) -> int:
    """Billionths of a processor, at least 0.01 of one: the least that an engine takes."""
    return max(10_000_000, int(quantity(cpu) * 10**9))


def memory_bytes(memory: str) -> int:
    """Bytes, rounded up."""
    value = quantity(memory)
    return int(value) + (value != int(value))
