"""The exceptions that leave `runnable`, and the exit code that each becomes.

RunnableError               (in a script also a SystemExit: it ends with the message, not a traceback)
├── DefinitionError         the pipeline is wrong: one or more diagnostics
├── ConfigurationError      a configuration or parameters file, or a RUNNABLE_* variable, is wrong
├── ExecutionFailedError    the pipeline ran and failed
├── RunInterrupted          Ctrl-C, SIGTERM, SIGHUP or SIGQUIT ended the run
├── ClusterError            a cluster does not answer, refuses, or has not what is asked for: one or more diagnostics
├── RecordUnusable          a run's record, or a part of it, that is asked for is not there or cannot be used
├── OutputError             a result could not be written
└── InternalError           a bug of ours, to be reported

See docs/adr/0002-errors-end-a-script.md for why these derive from SystemExit as well as Exception.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import IntEnum
from typing import ClassVar

from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.terminal import harmless


class ExitCode(IntEnum):
    """What the `runnable` command ends with. A plain ``python FILE`` ends with 1 for any of the failures."""

    OK = 0
    RUN_FAILED = 1
    USAGE = 2
    DEFINITION = 3
    CONFIGURATION = 4
    OUTPUT = 5
    DIFFERENT = 6
    CLUSTER = 7
    RECORD = 8
    EXCEEDED = 9
    INTERNAL = 70
    INTERRUPTED = 130


_AT_A_PROMPT = hasattr(sys, "ps1")
"""Python, IPython or Jupyter takes commands: a SystemExit would end it, or be told as a wish to leave."""


class RunnableError(*([] if _AT_A_PROMPT else [SystemExit]), Exception):  # type: ignore[misc]  # bases of either place
    """Base of what this package raises for a user to see; `str()` of it is the whole message."""

    exit_code: ClassVar[ExitCode]

    def __init__(self, message: str) -> None:
        super().__init__(harmless(message))

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback, which would be of our own frames."""
        return [f"{type(self).__name__}: {self}"]


class DefinitionError(RunnableError):
    """The pipeline cannot be built, checked or compiled. `diagnostics` has every mistake that was found."""

    exit_code = ExitCode.DEFINITION

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n\n".join(d.render() for d in self.diagnostics))


class ConfigurationError(RunnableError):
    """A configuration file, a parameters file or an environment variable is wrong."""

    exit_code = ExitCode.CONFIGURATION

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n\n".join(d.render() for d in self.diagnostics))


class ExecutionFailedError(RunnableError):
    """A run ended in failure. `run_id` names its record."""

    exit_code = ExitCode.RUN_FAILED

    def __init__(self, run_id: str, message: str) -> None:
        self.run_id = run_id
        super().__init__(message)


class RunInterrupted(RunnableError):
    """A run was ended by Ctrl-C or another signal that asks to end; its record says so. `run_id` names it."""

    exit_code = ExitCode.INTERRUPTED

    def __init__(self, run_id: str, message: str) -> None:
        self.run_id = run_id
        super().__init__(message)


class ClusterError(RunnableError):
    """A cluster cannot be reached, refuses a request, or has not what is asked for."""

    exit_code = ExitCode.CLUSTER

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n\n".join(d.render() for d in self.diagnostics))


class RecordUnusable(RunnableError):
    """A run, a step or an attempt that is asked for is not recorded, or its record cannot be read or resumed."""

    exit_code = ExitCode.RECORD

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n\n".join(d.render() for d in self.diagnostics))


class OutputError(RunnableError):
    """A manifest or a record could not be written."""

    exit_code = ExitCode.OUTPUT


class InternalError(RunnableError):
    """A mistake in this package, not in the user's pipeline."""

    exit_code = ExitCode.INTERNAL

    @classmethod
    def of(cls, error: BaseException) -> InternalError:
        """An exception that nothing of ours has expected, with its traceback, and whose mistake it is."""
        from traceback import format_exception

        trace = "".join(format_exception(error)).rstrip()
        return cls(
            f"{trace}\n\nThis is a bug in runnable, not a mistake of yours. Please report it, with the lines above."
        )
