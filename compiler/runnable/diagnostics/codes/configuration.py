"""RN4xx: configuration and parameters."""

from __future__ import annotations

from dataclasses import dataclass

from runnable.diagnostics.diagnostic import Diagnostic, did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUnusable(Diagnostic):
    """RN401."""

    code = "RN401"
    explanation = "A configuration or parameters file must exist, be readable, and be a YAML mapping."
    what: str
    file: str
    reason: str

    @property
    def message(self) -> str:
        return f"cannot use the {self.what} {self.file!r}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationInvalid(Diagnostic):
    """RN402."""

    code = "RN402"
    explanation = "A key of the configuration is unknown, missing, or has a value that it cannot have."
    file: str
    key: str
    reason: str
    known: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        return f"{self.file}: {self.key}: {self.reason}"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.key.rpartition(".")[2], self.known, "keys") if self.known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadParameterName(Diagnostic):
    """RN403."""

    code = "RN403"
    explanation = "Parameters' names are letters, digits, `_` and `-`, so that they can be Argo's and the shell's too."
    file: str
    name: str

    @property
    def message(self) -> str:
        return f"{self.file}: {self.name!r} is not a name for a parameter"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadParameterValue(Diagnostic):
    """RN404."""

    code = "RN404"
    explanation = "Parameters have values of JSON: numbers, text, booleans, null, lists and mappings of these."
    file: str
    name: str
    reason: str

    @property
    def message(self) -> str:
        return f"{self.file}: parameter {self.name!r}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunExists(Diagnostic):
    """RN405."""

    code = "RN405"
    explanation = "A run's id names its record, and a record is not overwritten."
    run_id: str

    @property
    def message(self) -> str:
        return f"a run {self.run_id!r} exists already"

    @property
    def help(self) -> str | None:
        return "leave the run id away to have one made, or choose another"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunUnreadable(Diagnostic):
    """RN406."""

    code = "RN406"
    explanation = "A run's record is looked up by the run's id; it must be there, whole, and of a version known here."
    run_id: str
    reason: str
    known: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        return f"cannot read the record of the run {self.run_id!r}: {self.reason}"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.run_id, self.known[-10:], "runs") if self.known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRunId(Diagnostic):
    """RN407."""

    code = "RN407"
    explanation = (
        "A run's id becomes a folder's name: 1 to 100 ASCII letters, digits, `.`, `_` and `-`, with no `.` in front."
    )
    run_id: str

    @property
    def message(self) -> str:
        shown = self.run_id if len(self.run_id) <= 60 else self.run_id[:57] + "..."
        return f"{shown!r} is not an id for a run"

    @property
    def help(self) -> str | None:
        return "use letters, digits, '.', '_' and '-', such as nightly-2026-01-31"
