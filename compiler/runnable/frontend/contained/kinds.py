"""What is known of a value in a user's file that is read and not run."""

from __future__ import annotations

import ast
from enum import Enum, IntEnum
from typing import TypeAlias


class Unknown(Exception):
    """There is something that is not known to stay within the file's own modules."""


class Kind(IntEnum):
    """What may be done with a value: the most first."""

    MADE = 0
    """All: it is made here, of nothing but constants, what is MADE, and this package's classes."""
    MIXED = 1
    """It is made here and holds what is SEEN: it may be changed, looped over, and passed on."""
    SEEN = 2
    """It is another module's, or not known: it may be passed on."""


class Known(Enum):
    """What may be called, beside the functions of the file."""

    SDK = 0
    """A class, or a function that makes something, of this package."""
    BUILTIN = 1
    """One of `BUILTINS`."""
    PACKAGE = 2
    """This package itself."""


Value: TypeAlias = "Kind | Known | ast.FunctionDef"
Names: TypeAlias = "dict[str, Value]"

SDK = frozenset(
    {"Approval", "AsyncPipeline", "AsyncPythonTask", "Catalog", "Conditional", "ContainerTask", "Fail", "HttpTask"}
    | {"Loop", "Map", "NotebookJob", "NotebookTask", "Parallel", "Parameter", "Pipeline", "PythonJob", "PythonTask"}
    | {"ShellJob", "ShellTask", "Stub", "Success", "TaskReturns", "TemplateTask"}
    | {"auto", "command", "email", "json", "metric", "param", "pickled", "secret", "slack", "webhook"}
)
"""What makes a part of a pipeline, of what `runnable` has."""
HOLDERS = frozenset({"dict", "enumerate", "frozenset", "len", "list", "reversed", "set", "tuple", "zip"})
"""Functions of Python's that do nothing with what is in what they are given."""
BUILTINS = HOLDERS | frozenset(
    {"abs", "bool", "float", "int", "max", "min", "print", "range", "repr", "round", "sorted", "str", "sum"}
)
GROWING = frozenset({"add", "append", "extend", "insert", "setdefault", "update"})
"""Methods that put something into what they are of."""
GIVING = frozenset({"get", "pop", "setdefault"})
"""Methods that give something that is in what they are of."""
METHODS = (
    GROWING
    | GIVING
    | {"after", "as_pipeline", "execute"}
    | {"copy", "count", "index", "items", "keys", "values"}
    | {"endswith", "format", "join", "lower", "replace", "split", "startswith", "strip", "title", "upper"}
)
OF_MODULES = frozenset({"__name__", "__file__", "__doc__"})


def element(kind: Kind) -> Kind:
    """The kind of what is in something of `kind`. Raises Unknown where it is not known what looking into it does."""
    if kind is Kind.SEEN:
        raise Unknown
    return Kind.MADE if kind is Kind.MADE else Kind.SEEN
