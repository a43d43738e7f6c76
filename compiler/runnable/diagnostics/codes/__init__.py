"""Every user-facing message, one dataclass each, in a module for each hundred of codes."""

from __future__ import annotations

from collections.abc import Iterable

from runnable.diagnostics.codes.configuration import (
    BadParameterName,
    BadParameterValue,
    BadRunId,
    ConfigurationInvalid,
    FileUnusable,
    RunExists,
    RunUnreadable,
)
from runnable.diagnostics.codes.dataflow import (
    BranchesWriteSameName,
    NotAList,
    OutputNotRead,
    ParameterNotProvided,
    ParameterNotRead,
    ParameterOnSomePaths,
)
from runnable.diagnostics.codes.loading import (
    FileDoesNotImport,
    FileNotReadable,
    NoPipeline,
    NotAPipeline,
    SeveralPipelines,
)
from runnable.diagnostics.codes.shape import (
    BadName,
    ContradictoryEnd,
    DuplicateName,
    EmptyPipeline,
    StepReused,
    UnreachableStep,
)
from runnable.diagnostics.codes.steps import (
    BadOption,
    BadReducer,
    FunctionNotImportable,
    FunctionOutsideProject,
    MissingKeyword,
    NotebookMissing,
    NotSupportedYet,
    UnknownKeyword,
)
from runnable.diagnostics.codes.targets import (
    BadTargetOption,
    TooLarge,
)
from runnable.diagnostics.diagnostic import Diagnostic

__all__ = [
    "BadName",
    "BadOption",
    "BadParameterName",
    "BadParameterValue",
    "BadReducer",
    "BadRunId",
    "BadTargetOption",
    "BranchesWriteSameName",
    "ConfigurationInvalid",
    "ContradictoryEnd",
    "DuplicateName",
    "EmptyPipeline",
    "FileDoesNotImport",
    "FileNotReadable",
    "FileUnusable",
    "FunctionNotImportable",
    "FunctionOutsideProject",
    "MissingKeyword",
    "NoPipeline",
    "NotAList",
    "NotAPipeline",
    "NotSupportedYet",
    "NotebookMissing",
    "OutputNotRead",
    "ParameterNotProvided",
    "ParameterNotRead",
    "ParameterOnSomePaths",
    "RunExists",
    "RunUnreadable",
    "SeveralPipelines",
    "StepReused",
    "TooLarge",
    "UnknownKeyword",
    "UnreachableStep",
    "all_codes",
]


def all_codes() -> Iterable[type[Diagnostic]]:
    """Every concrete diagnostic of this module, by code."""
    found = [c for c in globals().values() if isinstance(c, type) and issubclass(c, Diagnostic) and c is not Diagnostic]
    return sorted(found, key=lambda c: c.code)
