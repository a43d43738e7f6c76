"""RN3xx: data flow."""

from __future__ import annotations

from typing import Literal

from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.wording import nearest

Where = Literal["after", "beside", "failed", "inside", "unordered"]
"""Of a step that returns a name, seen from one that needs it."""


class ParameterNotProvided(Diagnostic):
    code = "RN301"
    explanation = (
        "A function's argument without a default must be a parameter of the pipeline (a parameters file, "
        "RUNNABLE_PRM_<name>) or be returned, under that name, by a step that has run before."
    )
    step: str
    parameter: str
    argument: str = ""
    """The argument of the step that is said to be the parameter, if it is not taken by its own name."""
    visible: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    """Those of `visible` that nothing reads: one of them is more likely to be misspelt."""
    returned_by: str = ""
    where: Where = "after"
    around: str = ""
    """The step that returns it, where that stands, and the composite that both are in, or that to wait for."""
    loop: bool = False
    mocked: tuple[str, ...] = ()
    """The steps that would return it, and do nothing in this run."""

    @property
    def message(self) -> str:
        if self.loop:
            return f"the loop {self.step!r} ends when {self.parameter!r} is true, and nothing returns it"
        use = f" for its argument {self.argument!r}" if self.argument else ""
        return f"step {self.step!r} needs the parameter {self.parameter!r}{use}, and nothing provides it"

    @property
    def note(self) -> str | None:
        if self.mocked:
            return f"{self.mocked[0]!r} returns it, and is mocked"
        if not self.returned_by:
            return None
        match self.where:
            case "after":
                return f"{self.returned_by} returns it, and runs later"
            case "beside":
                return f"{self.returned_by} returns it, and branches of {self.around!r} do not see each other"
            case "failed":
                return f"{self.returned_by} returns it, and has failed when {self.step!r} runs"
            case "inside":
                return f"{self.returned_by} returns it, and what is around it does not pass it on"
            case "unordered":
                return f"{self.returned_by} returns it, and {self.step!r} does not wait for {self.around!r}"

    @property
    def help(self) -> str | None:
        if self.mocked:
            return (
                f"give {self.mocked[0]!r} a patch or stub that returns it (`outputs: {{{self.parameter}: ...}}` in a "
                f"configuration), put it in a parameters file (-p FILE), or set RUNNABLE_PRM_{self.parameter}"
            )
        if self.returned_by:
            return self._help_where()
        if close := nearest(self.parameter, self.unread) or nearest(self.parameter, self.visible):
            return f"did you mean {close!r}?"
        if self.loop:
            return f"let a step of its branch return it (returns=[{self.parameter!r}])"
        return (
            f"let an earlier step return it (returns=[{self.parameter!r}]), put it in a parameters file (-p FILE), "
            f"or set RUNNABLE_PRM_{self.parameter}"
        )

    def _help_where(self) -> str:
        match self.where:
            case "after":
                return f"move {self.step!r} after it"
            case "beside":
                return f"move {self.step!r} after {self.around!r}, or into the branch that returns it"
            case "failed":
                return f"let a step before return {self.parameter!r}, or give the argument a default"
            case "inside":
                return f"let a step before {self.step!r} return it (returns=[{self.parameter!r}])"
            case "unordered":
                return f"put the step that needs it after {self.around!r}: `step.after(...)`"


class BranchesWriteSameName(Diagnostic):
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


class ParameterOnSomePaths(Diagnostic):
    code = "RN303"
    explanation = (
        "A parameter is returned on some paths only, such as in one branch of a Conditional, and a step that always "
        "runs needs it. Return it on every path, or give it a value before, in a parameters file or by an earlier step."
    )
    step: str
    parameter: str
    gaps: tuple[str, ...]
    message_template = "step {step!r} needs the parameter {parameter!r}, which is not provided on every path"

    @property
    def note(self) -> str | None:
        *first, last = self.gaps
        return f"it is missing in {', '.join(first)} and in {last}" if first else f"it is missing in {last}"

    @property
    def help(self) -> str | None:
        there = "" if any(gap.startswith("the first iteration") for gap in self.gaps) else "return it there as well, "
        return f"{there}give it a value before, or give the argument {self.parameter!r} a default"


class NotAList(Diagnostic):
    code = "RN304"
    explanation = (
        "A Map runs its branch for every item of a list. What reaches it is something else, by the annotation of what "
        "returns it, by the parameters' values, or as an item of the Map around it."
    )
    step: str
    parameter: str
    found: str
    origin: str
    message_template = "step {step!r} cannot run over the parameter {parameter!r}: it is {found}, not a list"
    note_template = "{origin}"


class OutputNotRead(Diagnostic):
    code = "RN305"
    explanation = "Nothing reads what the step returns under this name. It is in the run's record all the same."
    severity = Severity.HINT
    step: str
    parameter: str
    message_template = "nothing reads {parameter!r}, which step {step!r} returns"


class ParameterNotRead(Diagnostic):
    code = "RN306"
    explanation = "A parameter of the pipeline that no step reads may be misspelt."
    severity = Severity.HINT
    parameter: str
    needed: tuple[str, ...] = ()
    message_template = "no step reads the parameter {parameter!r}"

    @property
    def help(self) -> str | None:
        close = nearest(self.parameter, self.needed)
        return f"did you mean {close!r}?" if close else None


class VariableNotProvided(Diagnostic):
    code = "RN307"
    explanation = (
        "A shell command reads a variable that it does not set, and no parameter, earlier step, `env` or secret of "
        "that name reaches it. The environment or the image may have it. If that is so, `${NAME:-}` says it is meant."
    )
    severity = Severity.WARNING
    step: str
    parameter: str
    visible: tuple[str, ...]
    message_template = "the command of step {step!r} reads ${parameter}, and nothing in the pipeline provides it"

    @property
    def help(self) -> str | None:
        if close := nearest(self.parameter, self.visible):
            return f"did you mean '${close}'?"
        return f"let an earlier step return {self.parameter!r}, or make it a parameter; else the shell finds it empty"


class ReturnNeverSet(Diagnostic):
    code = "RN308"
    explanation = (
        "What a shell command returns must be exported by it, and what a notebook returns must be a variable of it, or "
        "they must have been given it."
    )
    step: str
    parameter: str
    notebook: str | None = None

    @property
    def message(self) -> str:
        if self.notebook is not None:
            return f"step {self.step!r} returns {self.parameter!r}, and {self.notebook} never sets it"
        return f"step {self.step!r} returns {self.parameter!r}, and its command never exports it"

    @property
    def help(self) -> str | None:
        if self.notebook is not None:
            return "give a variable of that name a value in a cell, or return what the notebook has"
        return f"write `export {self.parameter}=...` in the command"


class ReplacesVariable(Diagnostic):
    code = "RN309"
    explanation = (
        "A shell command gets parameters as environment variables. One that is called like a variable that decides "
        "which programs and libraries run (PATH, LD_PRELOAD, PYTHONPATH, RUNNABLE_...), or like a secret of the step, "
        "would replace it."
    )
    step: str
    parameter: str
    secret: bool

    @property
    def message(self) -> str:
        what = "the secret of that name" if self.secret else "the environment variable that decides what runs"
        return f"the parameter {self.parameter!r} would replace {what} in the shell step {self.step!r}"

    help_template = "rename the parameter"
