"""RN3xx: data flow."""

from __future__ import annotations

from dataclasses import dataclass

from runnable.diagnostics.diagnostic import Diagnostic, Severity, nearest


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterOnSomePaths(Diagnostic):
    """RN303."""

    code = "RN303"
    explanation = (
        "A parameter is returned on some paths only, such as in one branch of a Conditional, and a step that always "
        "runs needs it. Return it on every path, or give it a value before, in a parameters file or by an earlier step."
    )
    step: str
    parameter: str
    gaps: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"step {self.step!r} needs the parameter {self.parameter!r}, which is not provided on every path"

    @property
    def note(self) -> str | None:
        return f"it is missing in {', and in '.join(self.gaps)}"

    @property
    def help(self) -> str | None:
        return f"return it there as well, give it a value before, or give the argument {self.parameter!r} a default"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAList(Diagnostic):
    """RN304."""

    code = "RN304"
    explanation = "A Map runs its branch for every item of a list."
    step: str
    parameter: str
    found: str

    @property
    def message(self) -> str:
        return f"step {self.step!r} cannot run over the parameter {self.parameter!r}: it is {self.found}, not a list"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputNotRead(Diagnostic):
    """RN305."""

    code = "RN305"
    explanation = "Nothing reads what the step returns under this name. It is in the run's record all the same."
    severity = Severity.HINT
    step: str
    parameter: str

    @property
    def message(self) -> str:
        return f"nothing reads {self.parameter!r}, which step {self.step!r} returns"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterNotRead(Diagnostic):
    """RN306."""

    code = "RN306"
    explanation = "A parameter of the pipeline that no step reads may be misspelt."
    severity = Severity.HINT
    parameter: str
    needed: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        return f"no step reads the parameter {self.parameter!r}"

    @property
    def help(self) -> str | None:
        close = nearest(self.parameter, self.needed)
        return f"did you mean {close!r}?" if close else None
