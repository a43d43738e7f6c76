"""Every user-facing message, one dataclass each.

RN0xx loading the user's file, RN1xx names and shape of the pipeline, RN2xx steps and their options, RN3xx data flow,
RN4xx configuration and parameters, RN5xx targets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from runnable.diagnostics.diagnostic import Diagnostic, Severity, did_you_mean, nearest
from runnable.diagnostics.span import Span

# --- RN0xx: loading the user's file ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNotReadable(Diagnostic):
    """RN001."""

    code = "RN001"
    explanation = "The pipeline's file does not exist, cannot be read, or is not a Python file."
    file: str
    reason: str

    @property
    def message(self) -> str:
        return f"cannot read the pipeline file {self.file!r}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDoesNotImport(Diagnostic):
    """RN002."""

    code = "RN002"
    explanation = (
        "To find the pipeline its file is run, with `execute()` only taking note of the pipeline. The file itself, or "
        "something that it imports, raised an exception. It must run wherever it is compiled: the packages that it "
        "imports must be installed there."
    )
    file: str
    reason: str
    trace: str = ""

    @property
    def message(self) -> str:
        return f"{self.file} does not run: {self.reason}"

    @property
    def note(self) -> str | None:
        return self.trace or None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPipeline(Diagnostic):
    """RN003."""

    code = "RN003"
    explanation = (
        "The file defines no pipeline: nothing called `execute()`, there is no Pipeline at module level and no `main` "
        "function that returns one."
    )
    file: str
    functions: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        return f"{self.file} defines no pipeline"

    @property
    def help(self) -> str | None:
        if self.functions:
            return f"name the function that returns it: {self.file}:{self.functions[0]}"
        return "call pipeline.execute(), or define a function main() that returns a Pipeline"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralPipelines(Diagnostic):
    """RN004."""

    code = "RN004"
    explanation = "The file defines more than one pipeline, so the one to use must be named: FILE:function."
    file: str
    places: tuple[Span, ...]

    @property
    def message(self) -> str:
        return f"{self.file} defines {len(self.places)} pipelines"

    @property
    def note(self) -> str | None:
        return "defined at " + ", ".join(place.display() for place in self.places)

    @property
    def help(self) -> str | None:
        return f"name the function, or the variable, that has the one you mean: {self.file}:NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAPipeline(Diagnostic):
    """RN005."""

    code = "RN005"
    explanation = "FILE:name must be a function without arguments that returns a Pipeline, or a Pipeline."
    file: str
    name: str
    found: str
    known: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        return f"{self.name!r} in {self.file} {self.found}"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.name, self.known)


# --- RN1xx: names and shape -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BadName(Diagnostic):
    """RN101."""

    code = "RN101"
    explanation = (
        "Names of steps and branches have 1 to 128 characters of ASCII, with spaces, `-` and `_` at will. They become "
        "parts of file names, of paths such as `step.branch.step` and of Kubernetes names, so `.`, `/`, `\\`, `%`, "
        "`{{`, `}}`, control characters and blanks at either end are refused."
    )
    what: str
    name: str
    reason: str

    @property
    def message(self) -> str:
        shown = self.name if len(self.name) <= 60 else self.name[:57] + "..."
        return f"the {self.what} name {shown!r} {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateName(Diagnostic):
    """RN102."""

    code = "RN102"
    explanation = "The steps of one pipeline have different names: a name is how a step is found in a record or a log."
    name: str
    first: Span | None

    @property
    def message(self) -> str:
        return f"two steps of one pipeline are called {self.name!r}"

    @property
    def note(self) -> str | None:
        return f"the first is at {self.first.display()}" if self.first else None

    @property
    def help(self) -> str | None:
        return "rename one of them"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyPipeline(Diagnostic):
    """RN103."""

    code = "RN103"
    explanation = "A Pipeline has at least one step, and a Parallel at least one branch."
    what: str

    @property
    def message(self) -> str:
        return f"{self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreachableStep(Diagnostic):
    """RN104."""

    code = "RN104"
    explanation = "A step that ends the pipeline is its last one: what stands behind it could never run."
    step: str
    terminator: str

    @property
    def message(self) -> str:
        return f"step {self.step!r} can never run: {self.terminator!r}, before it, ends the pipeline"

    @property
    def help(self) -> str | None:
        return f"move {self.terminator!r} to the end, or take its terminate_with_... away"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictoryEnd(Diagnostic):
    """RN105."""

    code = "RN105"
    explanation = "A step ends its pipeline with success or with failure, not both."
    step: str

    @property
    def message(self) -> str:
        return f"step {self.step!r} has both terminate_with_success and terminate_with_failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReused(Diagnostic):
    """RN106."""

    code = "RN106"
    explanation = "A pipeline that contains itself, through its branches, has no end."
    step: str

    @property
    def message(self) -> str:
        return f"{self.step!r} contains itself"


# --- RN2xx: steps and their options ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownKeyword(Diagnostic):
    """RN201."""

    code = "RN201"
    explanation = "The class takes no such keyword. Nothing is ignored silently, so that a slip of the pen is seen."
    owner: str
    keyword: str
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"{self.owner} takes no keyword {self.keyword!r}"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.keyword, self.known, "keywords")


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingKeyword(Diagnostic):
    """RN202."""

    code = "RN202"
    explanation = "The class needs this keyword."
    owner: str
    keyword: str

    @property
    def message(self) -> str:
        return f"{self.owner} needs the keyword {self.keyword!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadOption(Diagnostic):
    """RN203."""

    code = "RN203"
    explanation = "An option of a step has the wrong type or lies outside of what it may be."
    owner: str
    option: str
    reason: str

    @property
    def message(self) -> str:
        return f"{self.owner}: {self.option} {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSupportedYet(Diagnostic):
    """RN204."""

    code = "RN204"
    explanation = (
        "The published `runnable` has this feature, this version does not yet. It says so rather than run the pipeline "
        "without it."
    )
    feature: str

    @property
    def message(self) -> str:
        return f"{self.feature} is not supported yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionNotImportable(Diagnostic):
    """RN205."""

    code = "RN205"
    explanation = (
        "A pod imports the function by its module and name, so it must be a function at the top level of a file: not "
        "a lambda, a function inside a function, a method, a partial or a builtin."
    )
    step: str
    reason: str

    @property
    def message(self) -> str:
        return f"step {self.step!r} cannot use its function: {self.reason}"

    @property
    def help(self) -> str | None:
        return "define it with `def` at the top level of a module of your project"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookMissing(Diagnostic):
    """RN206."""

    code = "RN206"
    explanation = "A notebook's path is relative to the project's root (or absolute below it) and ends with `.ipynb`."
    step: str
    notebook: str
    reason: str

    @property
    def message(self) -> str:
        return f"step {self.step!r} cannot use the notebook {self.notebook!r}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionOutsideProject(Diagnostic):
    """RN207."""

    code = "RN207"
    explanation = (
        "An image holds the project's folder and installed packages. The function's file is in neither, so a pod could "
        "not import it."
    )
    step: str
    file: str
    root: str

    @property
    def message(self) -> str:
        return f"step {self.step!r}: its function is in {self.file}, outside of the project {self.root}"


# --- RN3xx: data flow -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterNotProvided(Diagnostic):
    """RN301."""

    code = "RN301"
    explanation = (
        "A function's argument without a default must be a parameter of the pipeline (a parameters file, "
        "RUNNABLE_PRM_<name>) or be returned, under that name, by a step that has run before."
    )
    step: str
    parameter: str
    visible: tuple[str, ...]
    later: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        return f"step {self.step!r} needs the parameter {self.parameter!r}, and nothing provides it"

    @property
    def note(self) -> str | None:
        if self.later:
            return f"{self.later[0]!r} returns it, but does not run before {self.step!r}"
        return None

    @property
    def help(self) -> str | None:
        if close := nearest(self.parameter, self.visible):
            return f"did you mean {close!r}?"
        return (
            f"let an earlier step return it (returns=[{self.parameter!r}]), put it in a parameters file (-p FILE), "
            f"or set RUNNABLE_PRM_{self.parameter}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchesWriteSameName(Diagnostic):
    """RN302."""

    code = "RN302"
    explanation = (
        "Two branches of a Parallel return one name and a later step reads it. The branch that is written last in the "
        "pipeline wins, whichever ends first."
    )
    severity = Severity.WARNING
    step: str
    parameter: str
    branches: tuple[str, ...]

    @property
    def message(self) -> str:
        listed = " and ".join(repr(b) for b in self.branches)
        return f"branches {listed} of {self.step!r} both return {self.parameter!r}, which is read later"

    @property
    def help(self) -> str | None:
        return f"{self.branches[-1]!r} wins; give the returns different names if that is not what you mean"


# --- RN4xx: configuration and parameters ----------------------------------------------------------------------------


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


# --- RN5xx: targets -------------------------------------------------------------------------------------------------


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


def all_codes() -> Iterable[type[Diagnostic]]:
    """Every concrete diagnostic of this module, by code."""
    found = [c for c in globals().values() if isinstance(c, type) and issubclass(c, Diagnostic) and c is not Diagnostic]
    return sorted(found, key=lambda c: c.code)
