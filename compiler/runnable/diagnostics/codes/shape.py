"""RN1xx: names and shape."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.span import Span


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


class EmptyPipeline(Diagnostic):
    """RN103."""

    code = "RN103"
    explanation = "A Pipeline has at least one step, and a Parallel at least one branch."
    what: str

    @property
    def message(self) -> str:
        return f"{self.what}"


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


class ContradictoryEnd(Diagnostic):
    """RN105."""

    code = "RN105"
    explanation = "A step ends its pipeline with success or with failure, not both."
    step: str

    @property
    def message(self) -> str:
        return f"step {self.step!r} has both terminate_with_success and terminate_with_failure"


class StepReused(Diagnostic):
    """RN106."""

    code = "RN106"
    explanation = "A pipeline that contains itself, through its branches, has no end."
    step: str

    @property
    def message(self) -> str:
        return f"{self.step!r} contains itself"
