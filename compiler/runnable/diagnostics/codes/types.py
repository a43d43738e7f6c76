"""RN31x: what flows, by annotations and by the parameters' values."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity


class TypeMismatch(Diagnostic):
    code = "RN311"
    explanation = (
        "What a step returns, by its function's annotation, can never become what the argument of that name is "
        'annotated as. Values are converted where nothing is lost (5 to 5.0, the text "5" to 5), and lists and objects '
        "become text as JSON; a number or a text never becomes a list, nor a list a number. After a Map, what its "
        "branch returns is a list."
    )
    step: str
    parameter: str
    wanted: str
    found: str
    facts: tuple[str, ...]
    advice: str = ""
    message_template = "step {step!r} takes {parameter!r} as {wanted}, and {found} never becomes that"

    @property
    def note(self) -> str | None:
        return "; ".join(filter(None, self.facts))

    @property
    def help(self) -> str | None:
        return self.advice or "let both annotations say the same, or convert the value in a step between the two"


class ValueMismatch(Diagnostic):
    code = "RN312"
    explanation = (
        "The value of a parameter of the pipeline, from a parameters file or RUNNABLE_PRM_<name>, does not become what "
        "the argument of that name is annotated as, so the step that takes it would fail."
    )
    step: str
    parameter: str
    wanted: str
    found: str
    facts: tuple[str, ...]
    message_template = "step {step!r} takes {parameter!r} as {wanted}, and {found} does not become that"

    @property
    def note(self) -> str | None:
        return "; ".join(filter(None, self.facts))

    help_template = "change the value, or the annotation"


class SeldomFits(Diagnostic):
    code = "RN313"
    explanation = (
        "What reaches an argument, or a Map as its list, fits in some runs only: if a list or an object is empty, if a "
        'text is that of a number ("5" becomes 5, "five" fails), or if the branch or the handler that would take a '
        "wrong value is not reached."
    )
    severity = Severity.WARNING
    step: str
    parameter: str
    wanted: str
    found: str
    when: str
    origin: str
    message_template = "step {step!r} takes {parameter!r} as {wanted}, and {found} {when}"
    note_template = "{origin}"


class ReturnCount(Diagnostic):
    code = "RN314"
    explanation = (
        "A step that declares several returns has a function that returns a tuple of as many values, in that order. "
        "Under a single name it may return anything."
    )
    step: str
    declared: tuple[str, ...]
    found: int
    function: str

    @property
    def message(self) -> str:
        values = "1 value" if self.found == 1 else f"{self.found} values"
        names = ", ".join(self.declared)
        return f"step {self.step!r} declares {len(self.declared)} returns ({names}), and its function returns {values}"

    note_template = "{function}"
    help_template = "declare a name for each value that the function returns"


class ReturnNotJson(Diagnostic):
    code = "RN315"
    explanation = (
        "Outputs travel as JSON: null, booleans, numbers, texts, lists and objects, and what is written as these "
        "(pydantic models, dataclasses, enumerations, tuples). The function's annotation promises something else."
    )
    step: str
    parameter: str
    what: str
    function: str
    instead: str
    message_template = "step {step!r} returns {what} as {parameter!r}, which is not JSON"
    note_template = "{function}"
    help_template = "{instead}"


class ReturnSeldomJson(ReturnNotJson):
    code = "RN316"
    explanation = "As RN315, but for what is inside of a list or an object: an empty one would pass, any other fails."
    severity = Severity.WARNING
    message_template = "step {step!r} returns {parameter!r} with {what} in it, which is not JSON"


class NothingReturned(Diagnostic):
    code = "RN317"
    explanation = "The step declares a return, and its function is annotated to return None, so the output is null."
    severity = Severity.WARNING
    step: str
    parameter: str
    function: str
    message_template = "step {step!r} declares the return {parameter!r}, and its function returns nothing"
    note_template = "{function}"
    help_template = "return a value from it, or take {parameter!r} out of returns=[...]"


class WantsObject(Diagnostic):
    code = "RN318"
    explanation = (
        "JSON has no form for what the argument is annotated as, such as a data frame, and the step before returns "
        "JSON. A return is kept as an object where its function is annotated to return such a class, or where it is "
        "declared pickled(...)."
    )
    step: str
    parameter: str
    wanted: str
    returning: str
    facts: tuple[str, ...]
    message_template = "step {step!r} takes {parameter!r} as {wanted}, and {returning!r} returns it as JSON"

    @property
    def note(self) -> str | None:
        return "; ".join(filter(None, self.facts))

    help_template = (
        "annotate the function of {returning!r} with `-> {wanted}`, or declare returns=[pickled({parameter!r})] there"
    )


class Unannotated(Diagnostic):
    code = "RN319"
    explanation = (
        "A date, a path, bytes and their like travel as a text, and come back where the argument is annotated as what "
        "was returned. An argument without an annotation would get the text."
    )
    step: str
    parameter: str
    found: str
    annotation: str
    facts: tuple[str, ...]
    message_template = "step {step!r} takes {parameter!r} without an annotation, and would get the text of {found}"

    @property
    def note(self) -> str | None:
        return "; ".join(filter(None, self.facts))

    help_template = "annotate it, such as `{parameter}: {annotation}`; `{parameter}: Any` if the text is what you want"
