"""RN5xx: targets."""

from __future__ import annotations

from dataclasses import dataclass, field

from runnable.diagnostics.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLarge(Diagnostic):
    """RN501."""

    code = "RN501"
    explanation = (
        "Kubernetes and Argo limit what one object may hold: 1 MiB an object, 200 templates, 200 tasks a DAG, 500 "
        "parameters a list, 128 KiB a template's arguments."
    )
    what: str
    found: int
    limit: int
    way_out: str

    @property
    def message(self) -> str:
        return f"{self.what}: {self.found:,}, and the limit is {self.limit:,}"

    @property
    def help(self) -> str | None:
        return self.way_out


@dataclass(frozen=True, slots=True, kw_only=True)
class BadTargetOption(Diagnostic):
    """RN502."""

    code = "RN502"
    explanation = (
        "An option of the compilation does not fit the target: a name that Kubernetes refuses, a missing schedule."
    )
    option: str
    reason: str
    known: tuple[str, ...] = field(default=())

    @property
    def message(self) -> str:
        return f"{self.option}: {self.reason}"

    @property
    def help(self) -> str | None:
        return ("choose from " + ", ".join(self.known)) if self.known else None
