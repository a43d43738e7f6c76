"""What is known of a value in a user's file that is read and not run."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import field
from enum import Enum, IntEnum
from typing import TypeAlias

from runnable_runtime.deferred import dataclass


class Unknown(Exception):
    """There is something that is not known to stay within the file's own modules."""


class Kind(IntEnum):
    """What may be done with a value: the most first."""

    MADE = 0
    """All: it is made here, of nothing but constants, what is MADE, and this package's classes."""
    MIXED = 1
    """It is made here and holds what is SEEN: it may be changed, looped over, and passed on."""
    SEEN = 2
    """It may be passed on. To show it, compare it or ask for its type runs nothing of a user's or a package's."""


class Known(Enum):
    """What else there is in a file, beside its functions, and what it has imported."""

    SDK = 0
    """A class, or a function that makes something, of this package."""
    MAP = 1
    """This package's Map, which may be given what is imported by its name."""
    PACKAGE = 2
    """This package itself."""
    CLASS = 3
    """A class of the file's."""
    BASE = 4
    """One that classes may be made of."""
    MEMBER = 5
    """What a class of the file's has, such as the member of an enumeration."""


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """Something that Python or an installed package has, as it is: it is loaded."""

    thing: object


@dataclass(slots=True, eq=False)
class Module:
    """One of the project: the names of what is in it, and where its submodules are."""

    names: Names = field(default_factory=dict)
    folders: Sequence[str] = ()
    is_complete: bool = False

    def member(self, name: str) -> Value:
        """What it has under a name. Raises Unknown for none, and while it is not known what it will have."""
        if not self.is_complete or name not in self.names:
            raise Unknown
        return self.names[name]


Value: TypeAlias = "Kind | Known | Library | Module | ast.FunctionDef"
Names: TypeAlias = "dict[str, Value]"

SDK = frozenset(
    {"Approval", "AsyncPipeline", "AsyncPythonTask", "Catalog", "Conditional", "ContainerTask", "Fail", "HttpTask"}
    | {"Loop", "Map", "NotebookJob", "NotebookTask", "Parallel", "Parameter", "Pipeline", "PythonJob", "PythonTask"}
    | {"ShellJob", "ShellTask", "Stub", "Success", "TaskReturns", "TemplateTask"}
    | {"auto", "command", "email", "json", "metric", "param", "pickled", "secret", "slack", "webhook"}
)
"""What makes a part of a pipeline, of what `runnable` has."""


def of_ours(name: str) -> Known:
    """What this package's class or function of that name is. Raises Unknown for one that is not in `SDK`."""
    if name not in SDK:
        raise Unknown
    return Known.MAP if name == "Map" else Known.SDK


def element(kind: Kind) -> Kind:
    """The kind of what is in something of `kind`. Raises Unknown where it is not known what looking into it does."""
    if kind is Kind.SEEN:
        raise Unknown
    return Kind.MADE if kind is Kind.MADE else Kind.SEEN


def same(one: Value, other: Value) -> bool:
    """Whether both are the same thing."""
    return one is other or (isinstance(one, Library) and isinstance(other, Library) and one.thing is other.thing)
