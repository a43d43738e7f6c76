"""What a task declares to return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from runnable.diagnostics.codes import NotSupportedYet
from runnable.diagnostics.errors import DefinitionError
from runnable.diagnostics.span import caller_span


@dataclass(frozen=True, slots=True)
class TaskReturns:
    """One declared return. A plain string in `returns=[...]` means the same as `json(name)`."""

    name: str
    kind: Literal["json", "metric"] = "json"


def json(name: str) -> TaskReturns:
    """A value of JSON: a number, text, boolean, None, list or dict of these, a pydantic model or a dataclass."""
    return TaskReturns(name)


def metric(name: str) -> TaskReturns:
    """Like `json`, and listed among the metrics of the step's record."""
    return TaskReturns(name, "metric")


def pickled(name: str) -> TaskReturns:
    """An object of any type. Not supported yet: raises DefinitionError."""
    raise DefinitionError([NotSupportedYet(span=caller_span(), feature=f"pickled({name!r})")])
