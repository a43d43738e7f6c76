"""RN31x: what flows, by annotations and by the parameters' values."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity


class TypeMismatch(Diagnostic):
    """RN311."""

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

    @property
    def message(self) -> str:
        return f"step {self.step!r} takes {self.parameter!r} as {self.wanted}, and {self.found} never becomes that"

    @property
    def note(self) -> str | None:
        return "; ".join(filter(None, self.facts))

    @property
    def help(self) -> str | None:
        return self.advice or "let both annotations say the same, or convert the value in a step between the two"


class ValueMismatch(Diagnostic):
    """RN312."""

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

    @property
    def message(self) -> str:
        return f"step {self.step!r} takes {self.parameter!r} as {self.wanted}, and {self.found} does not become that"

    @property
    def note(self) -> str | None:
        return "; ".join(filter(None, self.facts))

    @property
    def help(self) -> str | None:
        return "change the value, or the annotation"


class SeldomFits(Diagnostic):
    """RN313."""

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

    @property
    def message(self) -> str:
        return f"step {self.step!r} takes {self.parameter!r} as {self.wanted}, and {self.found} {self.when}"

    @property
    def note(self) -> str | None:
        return self.origin


class ReturnCount(Diagnostic):
    """RN314."""

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

    @property
    def note(self) -> str | None:
        return self.function

    @property
    def help(self) -> str | None:
        return "declare a name for each value that the function returns"


class ReturnNotJson(Diagnostic):
    """RN315."""

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

    @property
    def message(self) -> str:
        return f"step {self.step!r} returns {self.what} as {self.parameter!r}, which is not JSON"

    @property
    def note(self) -> str | None:
        return self.function

    @property
    def help(self) -> str | None:
        return self.instead


class ReturnSeldomJson(ReturnNotJson):
    """RN316."""

    code = "RN316"
    explanation = "As RN315, but for what is inside of a list or an object: an empty one would pass, any other fails."
    severity = Severity.WARNING

    @property
    def message(self) -> str:
        return f"step {self.step!r} returns {self.parameter!r} with {self.what} in it, which is not JSON"


class NothingReturned(Diagnostic):
    """RN317."""

    code = "RN317"
    explanation = "The step declares a return, and its function is annotated to return None, so the output is null."
    severity = Severity.WARNING
    step: str
    parameter: str
    function: str

    @property
    def message(self) -> str:
        return f"step {self.step!r} declares the return {self.parameter!r}, and its function returns nothing"

    @property
    def note(self) -> str | None:
        return self.function

    @property
    def help(self) -> str | None:
        return f"return a value from it, or take {self.parameter!r} out of returns=[...]"
