"""What was found in a pipeline's file, as plain values: for other tools, and to pass from one process to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Self

from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.errors import ExitCode, RunnableError
from runnable_runtime.deferred import dataclass

_WORST_FIRST = (
    ExitCode.INTERNAL,
    ExitCode.DEFINITION,
    ExitCode.CONFIGURATION,
    ExitCode.RECORD,
    ExitCode.CLUSTER,
    ExitCode.OUTPUT,
    ExitCode.DIFFERENT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A diagnostic of the pipeline that was named as `pipeline`.

    `code` is None of an error without one. `file` is an absolute path, and `line` counts from 1, both None where it has
    no place. `text` is the whole diagnostic as people read it.
    """

    pipeline: str
    code: str | None
    severity: str
    message: str
    file: str | None
    line: int | None
    note: str | None
    help: str | None
    text: str

    @classmethod
    def of(cls, diagnostic: Diagnostic, pipeline: str) -> Self:
        """A diagnostic as plain values."""
        span = diagnostic.span
        return cls(
            pipeline=pipeline,
            code=diagnostic.code,
            severity=str(diagnostic.severity),
            message=diagnostic.message,
            file=span.file if span else None,
            line=span.line if span else None,
            note=diagnostic.note,
            help=diagnostic.help,
            text=diagnostic.render(),
        )

    @classmethod
    def without_code(cls, text: str, pipeline: str) -> Self:
        """An error that has only a text."""
        message = text.removeprefix("error: ")
        return cls(
            pipeline=pipeline,
            code=None,
            severity=str(Severity.ERROR),
            message=message,
            file=None,
            line=None,
            note=None,
            help=None,
            text=f"error: {message}",
        )

    @property
    def named_file(self) -> str:
        """The file of `pipeline`, which may be ``FILE:NAME``."""
        file, python, _ = self.pipeline.partition(".py:")
        return file + python.removesuffix(":")

    def to_json(self) -> dict[str, Any]:
        """The fields that other tools get."""
        found = asdict(self)
        del found["text"]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one pipeline that was checked or compiled.

    `skipped` says why a file of a folder is none of a pipeline. `documents` are names and texts of what it compiles to.
    """

    pipeline: str
    exit_code: int = 0
    findings: tuple[Finding, ...] = ()
    skipped: str = ""
    documents: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_error(cls, error: RunnableError, pipeline: str) -> Self:
        """That of a pipeline that cannot be built, or compiled, at all."""
        diagnostics: Iterable[Diagnostic] = getattr(error, "diagnostics", ())
        findings = [Finding.of(one, pipeline) for one in diagnostics]
        return cls(
            pipeline=pipeline,
            exit_code=int(error.exit_code),
            findings=tuple(findings) or (Finding.without_code(str(error), pipeline),),
        )

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(
            pipeline=document["pipeline"],
            exit_code=document["exit_code"],
            findings=tuple(Finding(**one) for one in document["findings"]),
            skipped=document["skipped"],
            documents=tuple((name, text) for name, text in document["documents"]),
        )


def worst(codes: Iterable[int]) -> ExitCode:
    """The exit code of several files: of those that each by itself would end with, the first of a fixed order."""
    found = set(codes)
    return next((code for code in _WORST_FIRST if code in found), ExitCode.OK)


def summary(findings: Iterable[Finding]) -> str:
    """How many there are of each severity."""
    listed = [one.severity for one in findings]
    counts = [(listed.count(kind), kind) for kind in Severity]
    return ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for count, kind in counts)
