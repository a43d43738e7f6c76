"""What is raised, by the module that the published package has it in: `from runnable.exceptions import …`."""

from __future__ import annotations

from runnable.diagnostics.errors import (
    ConfigurationError,
    DefinitionError,
    ExecutionFailedError,
    RunInterrupted,
    RunnableError,
)

__all__ = ["ConfigurationError", "DefinitionError", "ExecutionFailedError", "RunInterrupted", "RunnableError"]
