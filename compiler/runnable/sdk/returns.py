"""What a task declares to return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TaskReturns:
    """One declared return. A plain string in `returns=[...]` means the same as `json(name)`."""

    name: str
    kind: Literal["json", "metric", "object"] = "json"


def json(name: str) -> TaskReturns:
    """A value of JSON: a number, text, boolean, None, list or dict of these, a pydantic model or a dataclass."""
    return TaskReturns(name)


def metric(name: str) -> TaskReturns:
    """Like `json`, and listed among the metrics of the step's record."""
    return TaskReturns(name, "metric")


def pickled(name: str) -> TaskReturns:
    """An object of any type that can be pickled: a data frame, a model. It goes through the catalog's store.

    Python functions get the object itself, whatever their annotation, and notebooks that mention its name.
    """
    return TaskReturns(name, "object")
