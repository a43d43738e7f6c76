"""Amounts of a resource that are known only when a task starts: from a parameter, or growing with the attempt.

As text, in the place of a quantity:

    2Gi                     a quantity of Kubernetes
    2Gi * attempt           2Gi, at the second attempt 4Gi, and so on
    param(mem)              the value of the parameter `mem`, a quantity as text or a number
    param(mem) * attempt    both
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from runnable.configuration.quantities import exact
from runnable.ir.options import Options, Pairs, Resources
from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.protocol import Json

GROWING = ("cpu", "memory", "ephemeral-storage")
"""The resources that can have such amounts: those of which a part of a unit can be asked for."""
_AMOUNT = pattern(r"(?:param\((\w+)\)|([^\s*]+))( \* attempt)?")
_NUMBER = pattern(r"(\d+(?:\.\d+)?)(.*)")


@dataclass(frozen=True, slots=True)
class Amount:
    """A `quantity`, or the value of `parameter`; with `grows` it is multiplied by the number of the attempt."""

    quantity: str = ""
    parameter: str = ""
    grows: bool = False

    @classmethod
    def decode(cls, text: str) -> Amount:
        """The inverse of `encode`. Any other text is taken for a quantity."""
        match = _AMOUNT.fullmatch(text)
        if match is None:
            return cls(text)
        return cls(match[2] or "", match[1] or "", match[3] is not None)

    def encode(self) -> str:
        """The text."""
        named = f"param({self.parameter})" if self.parameter else self.quantity
        return f"{named} * attempt" if self.grows else named

    @property
    def is_plain(self) -> bool:
        """Whether it is a quantity that stays as it is."""
        return not self.parameter and not self.grows

    def at(self, attempt: int, values: Mapping[str, Json]) -> str | None:
        """The quantity at an attempt, from 1; None for a parameter that has no value.

        A value that is no quantity is given back as text.
        """
        if self.parameter and self.parameter not in values:
            return None
        text = str(values[self.parameter]) if self.parameter else self.quantity
        return times(text, attempt) if self.grows else text


def times(quantity: str, number: int) -> str:
    """A quantity, `number` times, in its own unit; what is none stays as it is."""
    from decimal import Decimal

    match = _NUMBER.fullmatch(quantity)
    if match is None:
        return quantity
    with exact():
        return f"{Decimal(match[1]) * number:f}{match[2]}"


def amounts(resources: Resources | None) -> dict[str, Amount]:
    """The amounts that are not plain, by where they are: ``memory``, ``limits.memory``."""
    if resources is None:
        return {}
    both = {"cpu": resources.cpu, "memory": resources.memory}
    sides = {"requests": resources.requests, "limits": resources.limits}
    texts = {name: text for name, text in both.items() if text is not None}
    texts |= {f"{side}.{name}": text for side, pairs in sides.items() for name, text in pairs}
    found = {name: Amount.decode(text) for name, text in texts.items()}
    return {name: amount for name, amount in found.items() if not amount.is_plain}


def parameters_of(resources: Resources | None) -> tuple[str, ...]:
    """The names of the parameters that amounts come from."""
    return tuple(dict.fromkeys(one.parameter for one in amounts(resources).values() if one.parameter))


def at_attempt(options: Options, attempt: int, values: Mapping[str, Json]) -> Options:
    """`options` with plain quantities: those of an attempt, from 1, where parameters have `values`."""
    resources = options.resources
    if resources is None or not amounts(resources):
        return options

    def plain(text: str | None) -> str | None:
        return None if text is None else Amount.decode(text).at(attempt, values)

    def side(pairs: Pairs) -> Pairs:
        return tuple((name, found) for name, text in pairs if (found := plain(text)) is not None)

    return replace(
        options,
        resources=Resources(
            plain(resources.cpu),
            plain(resources.memory),
            resources.gpu,
            side(resources.requests),
            side(resources.limits),
        ),
    )
