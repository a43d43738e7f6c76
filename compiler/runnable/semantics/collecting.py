"""What a fan-out that collects makes of its items: whether enough have succeeded, and the list of those that failed."""

from __future__ import annotations

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.values.last_words import shortened
from runnable_runtime.values.reference import has_reference


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an item has failed: the step of its branch, by its name there, and the error's message."""

    step: str
    message: str

    def entry(self, index: int, item: Json) -> Json:
        """The entry of the item in the list of failures; an item that is in a store is left out."""
        shown = None if has_reference(item) else item
        return {"index": index, "item": shown, "step": self.step, "error": shortened(self.message)}


def ended_in_failure(name: str) -> str:
    """The message of a graph in which a step has run that terminates with failure."""
    return f"{name!r} has run, which ends the pipeline in failure"


def share(min_success: float) -> tuple[int, int]:
    """The share as a fraction of two whole numbers, as it is written: 0.9 is 9 of 10."""
    from fractions import Fraction

    return Fraction(str(min_success)).as_integer_ratio()


def is_enough(succeeded: int, items: int, min_success: float) -> bool:
    """Whether the share `min_success` of the items has succeeded."""
    most, of = share(min_success)
    return succeeded * of >= most * items
