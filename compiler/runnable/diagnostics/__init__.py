"""User-facing errors: where they are, what they say, and what a process ends with."""

from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.errors import (
    ConfigurationError,
    DefinitionError,
    ExecutionFailedError,
    ExitCode,
    InternalError,
    OutputError,
    RunInterrupted,
    RunnableError,
)
from runnable.diagnostics.span import Span, caller_span

__all__ = [
    "ConfigurationError",
    "DefinitionError",
    "Diagnostic",
    "ExecutionFailedError",
    "ExitCode",
    "InternalError",
    "OutputError",
    "RunInterrupted",
    "RunnableError",
    "Severity",
    "Span",
    "caller_span",
]
