"""How a task declares the values that it returns: `json`, `metric`, `pickled`, `auto`."""

from __future__ import annotations

from typing import Literal

from runnable_runtime.deferred import dataclass


@dataclass(frozen=True, slots=True)
class TaskReturns:
    """The declaration of one returned value.

    A plain string in `returns=[...]` means `pickled(name)` where the function is annotated to return what JSON has no
    form for, such as a data frame, and `json(name)` otherwise.
    """

    name: str
    kind: Literal["json", "metric", "object", "auto"] = "json"


def json(name: str) -> TaskReturns:
    """Declare a JSON value: a number, text, boolean, None, list or dict of these, a pydantic model or a dataclass.

    What the function is annotated to return says how other values become JSON and come back: dates, sets, paths, bytes
    and the like. A value that cannot fails the task, with the path to the part that cannot.
    """
    return TaskReturns(name)


def metric(name: str) -> TaskReturns:
    """Declare a JSON value, as `json` does, that the run's record also lists among the metrics of its step."""
    return TaskReturns(name, "metric")


def pickled(name: str) -> TaskReturns:
    """Declare an object of any type that can be pickled, such as a data frame or a model.

    It is kept in the store of the section `catalog`. Python functions that take the name get the object itself,
    whatever their annotation, and so do notebooks that mention it; a shell gets no objects and cannot return one.
    A data frame of simple columns is kept as Parquet where pyarrow is installed, an array as .npy, all else is pickled.
    """
    return TaskReturns(name, "object")


def auto(name: str) -> TaskReturns:
    """Declare a value that is kept as JSON if it is JSON, and as `pickled` does otherwise: what it is, decides.

    Where the function's annotation says which, as for a plain string, that holds.
    """
    return TaskReturns(name, "auto")
