"""How often something runs, as far as it is known before."""

from __future__ import annotations

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json


@dataclass(frozen=True, slots=True)
class Times:
    """From `least` to `most` times; None: any number of times."""

    least: int = 1
    most: int | None = 1

    def __add__(self, other: Times) -> Times:
        """Both, one after the other."""
        most = None if self.most is None or other.most is None else self.most + other.most
        return Times(self.least + other.least, most)

    def __mul__(self, other: Times) -> Times:
        """`other` as often as this."""
        never = 0 in (self.most, other.most)
        most = 0 if never else None if self.most is None or other.most is None else self.most * other.most
        return Times(self.least * other.least, most)

    @property
    def perhaps(self) -> Times:
        """As often, or not at all."""
        return Times(0, self.most)

    @property
    def is_exact(self) -> bool:
        """Whether the number is known."""
        return self.least == self.most

    def __str__(self) -> str:
        """``3``, ``0 to 3`` or ``3 or more``."""
        if self.is_exact:
            return f"{self.least:,}"
        return f"{self.least:,} or more" if self.most is None else f"{self.least:,} to {self.most:,}"

    def to_json(self) -> dict[str, Json]:
        """As JSON: `most` is null for any number."""
        return {"least": self.least, "most": self.most}


NEVER, ONCE = Times(0, 0), Times()
