"""RN32x: composites, and the values that they go by."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.wording import nearest


class NoBranchFits(Diagnostic):
    code = "RN321"
    explanation = (
        "A Conditional compares its parameter, as text, with the names of its branches; a list or an object is never "
        "one. No value that can reach it is the name of a branch, and there is no default, so it would always fail."
    )
    step: str
    parameter: str
    branches: tuple[str, ...]
    found: str
    origin: str
    near: str | None = None
    boolean: bool = False
    message_template = "the Conditional {step!r} has no branch for {parameter!r}, which is {found}"

    @property
    def note(self) -> str | None:
        return f"there are the branches {', '.join(map(repr, self.branches))}; {self.origin}"

    @property
    def help(self) -> str | None:
        if self.boolean:
            return "True and False choose the branches 'True' and 'False'"
        return f"did you mean {self.near!r}?" if self.near else "add a branch for it, or default=..."


class BranchMissing(Diagnostic):
    code = "RN322"
    explanation = (
        "A value that the Conditional's parameter can have, by the annotation of what returns it, has no branch, and "
        "there is no default: a run with that value fails."
    )
    severity = Severity.WARNING
    step: str
    parameter: str
    values: tuple[str, ...]
    origin: str
    branches: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        listed = ", ".join(map(repr, self.values))
        return f"the Conditional {self.step!r} has no branch for {listed}, which {self.parameter!r} can be"

    note_template = "{origin}"

    @property
    def help(self) -> str | None:
        if {"True", "False"} & {*self.values}:
            return "True and False choose the branches 'True' and 'False'"
        for value in self.values:
            if near := nearest(value, self.branches):
                return f"did you mean {value!r} by the branch {near!r}? Otherwise add a branch, or default=..."
        return "add a branch, or default=..."


class BranchNeverChosen(Diagnostic):
    code = "RN323"
    explanation = "No value that can reach the Conditional, by annotation, is the name of this branch."
    severity = Severity.WARNING
    step: str
    parameter: str
    branch: str
    origin: str
    message_template = "the branch {branch!r} of {step!r} is never chosen: {parameter!r} cannot be that"
    note_template = "{origin}"


class LoopNeverBreaks(Diagnostic):
    code = "RN324"
    explanation = (
        'A Loop ends when its `break_on` is True after an iteration; 1, "yes" and other values do not end it. What '
        "reaches it is never True, or does not change, so that all of max_iterations run."
    )
    severity = Severity.WARNING
    step: str
    parameter: str
    found: str
    origin: str
    message_template = "the Loop {step!r} never ends by {parameter!r}: {found}"

    @property
    def note(self) -> str | None:
        return self.origin or None

    help_template = "return True as {parameter!r} from a step of its branch when it is to end"


class ReducerMisfits(Diagnostic):
    code = "RN325"
    explanation = (
        "A Map's reducer is applied to the list of each name that its branch returns. It cannot combine values of this "
        "type: sum adds numbers, min, max and sorted compare them or texts, a function of your own takes what it is "
        'annotated as. A mapping gives each return its own reducer: reducer={"frame": concat}.'
    )
    severity = Severity.WARNING
    step: str
    reducer: str
    parameter: str
    origin: str
    others: tuple[str, ...] = ()
    message_template = "the reducer {reducer} of {step!r} cannot combine what its branch returns as {parameter!r}"
    note_template = "{origin}"

    @property
    def help(self) -> str | None:
        if not self.others:
            return None
        return f"give each return its own reducer, as in reducer={{{self.others[0]!r}: {self.reducer}}}"
