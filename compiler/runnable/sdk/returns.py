"""How a task declares the values that it returns: `json`, `metric`, `pickled`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TaskReturns:
    """The declaration of one returned value. A plain string in `returns=[...]` means the same as `json(name)`."""

    name: str
    kind: Literal["json", "metric", "object"] = "json"


def json(name: str) -> TaskReturns:
    """Declare a JSON value: a number, text, boolean, None, list or dict of these, a pydantic model or a dataclass.

    A value that is not JSON fails the task, with the path to the part that is not.
    """
    return TaskReturns(name)


def metric(name: str) -> TaskReturns:
    """Declare a JSON value, as `json` does, that the run's record also lists among the metrics of its step."""
    return TaskReturns(name, "metric")


def pickled(name: str) -> TaskReturns:
    """Declare an object of any type that can be pickled, such as a data frame or a model.

    It is kept in the store of the section `catalog`. Python functions that take the name get the object itself,
    whatever their annotation, and so do notebooks that mention it; a shell gets no objects and cannot return one.
    """
    return TaskReturns(name, "object")
