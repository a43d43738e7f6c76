"""What an hour of a resource costs: a table of round figures, which the key `prices` of a configuration replaces."""

from __future__ import annotations

from typing import ClassVar

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json


@dataclass(frozen=True)
class Prices:
    """Prices of an hour: of a `cpu` (a core), of a GiB of `memory`, of a `gpu` (a device); in `currency`.

    The figures are round ones, of the order of what large clouds ask in 2026 for machines by the hour, and for a small
    accelerator. Prices differ by region, contract and kind of machine: a project has its own in its configuration.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    cpu: float = 0.04
    memory: float = 0.005
    gpu: float = 0.60
    currency: str = "USD"

    def __post_init__(self) -> None:
        if any(not 0 <= price < float("inf") for price in self.each):
            raise ValueError("a price is a number from 0")

    @property
    def each(self) -> tuple[float, float, float]:
        """Of a core, a GiB and a device."""
        return self.cpu, self.memory, self.gpu

    def to_json(self) -> dict[str, Json]:
        """As JSON."""
        return {"cpu": self.cpu, "memory": self.memory, "gpu": self.gpu, "currency": self.currency}
