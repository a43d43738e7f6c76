"""RN4xx: configuration and parameters."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.wording import did_you_mean, nearest


class FileUnusable(Diagnostic):
    code = "RN401"
    explanation = "A configuration or parameters file must exist, be readable, and be a YAML mapping."
    what: str
    file: str
    reason: str
    message_template = "cannot use the {what} {file!r}: {reason}"


class ConfigurationInvalid(Diagnostic):
    code = "RN402"
    explanation = "A key of the configuration is unknown, missing, or has a value that it cannot have."
    file: str
    key: str
    reason: str
    known: tuple[str, ...] = ()
    place: str = ""

    @property
    def message(self) -> str:
        return f"{self.file or 'no configuration is named (-c FILE)'}: {self.key}: {self.reason}"

    @property
    def help(self) -> str | None:
        name = self.key.rpartition(".")[2]
        if self.place:
            return f"{name!r} belongs under `{self.place}`"
        return did_you_mean(name, self.known, "keys") if self.known else None


class KeyIgnored(Diagnostic):
    code = "RN408"
    severity = Severity.WARNING
    explanation = (
        "A key that configurations of the published package have says something that has no meaning here, or that is "
        "said in another way. It is left out, and everything else of the configuration counts."
    )
    file: str
    key: str
    reason: str
    instead: str = ""
    message_template = "{file}: {key} has no effect: {reason}"

    @property
    def help(self) -> str | None:
        return self.instead or "leave the key out"


class BadParameterName(Diagnostic):
    code = "RN403"
    explanation = "Parameters' names are letters, digits, `_` and `-`, so that they can be Argo's and the shell's too."
    file: str
    name: str
    message_template = "{file}: {name!r} is not a name for a parameter"


class BadParameterValue(Diagnostic):
    code = "RN404"
    explanation = "Parameters have values of JSON: numbers, text, booleans, null, lists and mappings of these."
    file: str
    name: str
    reason: str
    message_template = "{file}: parameter {name!r}: {reason}"


class RunExists(Diagnostic):
    code = "RN405"
    explanation = "A run's id names its record, and a record is not overwritten."
    run_id: str
    message_template = "a run {run_id!r} exists already"
    help_template = (
        "leave the run id away to have one made, or choose another, such as one with the day in it; what many runs may "
        "share is a tag (--tag)"
    )


class RunUnreadable(Diagnostic):
    code = "RN406"
    explanation = "A run's record is looked up by the run's id; it must be there, whole, and of a version known here."
    run_id: str
    reason: str
    known: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        whose = f"the record of the run {self.run_id!r}" if self.run_id else "the records of runs"
        return f"cannot read {whose}: {self.reason}"

    @property
    def help(self) -> str | None:
        if self.known and (near := nearest(self.run_id, ("latest", *self.known))):
            return f"did you mean {near!r}?"
        return did_you_mean(self.run_id, self.known[:10], "runs") if self.known else None


class BadRunId(Diagnostic):
    code = "RN407"
    explanation = (
        "A run's id becomes a folder's name: 1 to 100 ASCII letters, digits, `.`, `_` and `-`, with no `.` in front."
    )
    run_id: str

    @property
    def message(self) -> str:
        shown = self.run_id if len(self.run_id) <= 60 else self.run_id[:57] + "..."
        return f"{shown!r} is not an id for a run"

    help_template = "use letters, digits, '.', '_' and '-', such as nightly-2026-01-31"


class SecretMissing(Diagnostic):
    code = "RN410"
    explanation = (
        "The secrets that steps name (`secrets=[...]`) are looked up before anything runs: by default in the "
        "environment, else where the section `secrets` of the configuration says."
    )
    secret: str
    steps: tuple[str, ...]
    absence: str
    advice: str
    known: tuple[str, ...] = ()
    message_template = "the secret {secret!r} is missing: {absence}"

    @property
    def note(self) -> str | None:
        listed = ", ".join(repr(step) for step in self.steps[:5])
        more = f" and {len(self.steps) - 5} more" if len(self.steps) > 5 else ""
        return f"named by {'steps' if len(self.steps) > 1 else 'step'} {listed}{more}"

    @property
    def help(self) -> str | None:
        if close := nearest(self.secret, self.known):
            return f"did you mean {close!r}?"
        return self.advice
