"""RN1xx: names and shape."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.span import Span


class BadName(Diagnostic):
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
    code = "RN102"
    explanation = "The steps of one pipeline have different names: a name is how a step is found in a record or a log."
    name: str
    first: Span | None
    message_template = "two steps of one pipeline are called {name!r}"

    @property
    def note(self) -> str | None:
        return f"the first is at {self.first.display()}" if self.first else None

    help_template = "rename one of them"


class EmptyPipeline(Diagnostic):
    code = "RN103"
    explanation = "A Pipeline has at least one step, and a Parallel at least one branch."
    what: str
    message_template = "{what}"


class UnreachableStep(Diagnostic):
    code = "RN104"
    explanation = "A step that ends the pipeline is its last one: what comes after it could never run."
    step: str
    terminator: str
    message_template = "step {step!r} can never run: {terminator!r}, before it, ends the pipeline"
    help_template = "move {terminator!r} to the end, or take its terminate_with_... away"


class ContradictoryEnd(Diagnostic):
    code = "RN105"
    explanation = "A step ends its pipeline with success or with failure, not both."
    step: str
    message_template = "step {step!r} has both terminate_with_success and terminate_with_failure"


class StepReused(Diagnostic):
    code = "RN106"
    explanation = "A pipeline that contains itself, through its branches, has no end."
    step: str
    message_template = "{step!r} contains itself"
