"""A pipeline in the IR, with its functions and with what is wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import (
    Action,
    ContainerRun,
    Fused,
    NotebookRun,
    Nothing,
    Program,
    PythonCall,
    Question,
    Reduce,
    ShellCommand,
)
from runnable.ir.others import HttpRequest, TemplateCall
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json


def function_of(action: Action, functions: Mapping[str, Callable[..., Any]]) -> Callable[..., Any] | None:
    """The function of `functions` that `action` calls; None if it calls none, or one that is not of this process.

    Where a reduce task has a function for each name, it is one that gives that of a name.
    """
    match action:
        case PythonCall(module, name):
            return functions.get(f"{module}:{name}")
        case Reduce(reducer):
            return (lambda name: functions.get(action.of(name))) if action.each else functions.get(reducer)
        case ShellCommand() | NotebookRun() | Nothing() | ContainerRun() | Fused():
            return None
        case Question() | TemplateCall() | HttpRequest():
            return None


@dataclass(frozen=True, slots=True)
class CompilationUnit:
    """A pipeline in the IR, with what the IR cannot hold.

    `functions` maps ``module:name`` of a PythonCall to the function object of this process. `diagnostics` are the
    mistakes found while building, `portability` those that only matter on another machine. `job`: it is one task that
    was written as a job, so that `job-executor` in the configuration says where it runs. `streams`: it was written as
    an AsyncPipeline. `types` are those of the declared parameters, which the IR has as texts only. `given`: the names
    of the parameters whose values are not defaults.
    """

    program: Program
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    portability: tuple[Diagnostic, ...] = ()
    job: bool = False
    streams: bool = False
    types: Mapping[str, object] = field(default_factory=dict)
    given: frozenset[str] = frozenset()

    @property
    def values(self) -> dict[str, Json]:
        """The values of its parameters that are given, without defaults."""
        return {name: value for name, value in self.program.parameters.items() if name in self.given}

    @property
    def executor(self) -> str:
        """The section of the configuration that says where it runs."""
        return "job-executor" if self.job else "pipeline-executor"
