"""RN33x: the parameters that a pipeline declares."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.wording import nearest


class TypeUnusable(Diagnostic):
    code = "RN331"
    explanation = (
        "A declared parameter has a type that a text, or a value of JSON, can become: numbers, texts, booleans, dates, "
        "paths, lists, dictionaries, enumerations, dataclasses, pydantic models and what is made of these."
    )
    parameter: str
    reason: str
    message_template = "the parameter {parameter!r} cannot have this type: {reason}"
    help_template = "declare what can be typed, such as str for the path of a file, and read the file in a step"


class BadDefault(Diagnostic):
    code = "RN332"
    explanation = "A default is of the parameter's type, and one of its choices; so is each choice of the type."
    parameter: str
    what: str
    found: str
    wanted: str
    reason: str = ""
    message_template = "{what} of the parameter {parameter!r} is {found}, and not {wanted}"
    note_template = "{reason}"


class DeclaredTwice(Diagnostic):
    code = "RN333"
    explanation = "A pipeline declares each of its parameters once."
    parameter: str
    first: str
    message_template = "the parameter {parameter!r} is declared twice"
    note_template = "first in {first}"
    help_template = "take one of the two away, or rename it"


class ValueNotOfType(Diagnostic):
    code = "RN334"
    explanation = (
        "The value that is given to a declared parameter, by `-p`, a parameters file, RUNNABLE_PRM_<name> or "
        "execute(parameters=...), is of its type, or a text that becomes one."
    )
    parameter: str
    wanted: str
    found: str
    source: str
    declared: str
    reason: str = ""
    advice: str = ""
    message_template = "the parameter {parameter!r} is declared as {wanted}, and {found} is none ({source})"

    @property
    def note(self) -> str | None:
        return "; ".join(filter(None, (self.reason, self.declared)))

    help_template = "{advice}"


class NotAChoice(Diagnostic):
    code = "RN335"
    explanation = "The value that is given to a parameter with choices is one of them."
    parameter: str
    found: str
    source: str
    declared: str
    choices: tuple[str, ...]
    message_template = "the parameter {parameter!r} has choices, and {found} is none of them ({source})"
    note_template = "{declared}"

    @property
    def help(self) -> str | None:
        if close := nearest(self.found.strip("\"'"), [choice.strip("\"'") for choice in self.choices]):
            return f"did you mean {close!r}?"
        return f"choose from {', '.join(self.choices)}"


class ParameterMissing(Diagnostic):
    code = "RN336"
    explanation = (
        "A declared parameter without a default has to be given a value before a run begins; nothing asks for it. "
        "What is compiled for Argo may leave it open, so that who submits the workflow gives it."
    )
    parameter: str
    wanted: str
    about: str = ""
    """What the declaration says of it."""
    where: str = ""
    """``, and`` what cannot leave it open, if that is not a run."""
    message_template = "the parameter {parameter!r} ({wanted}) has no default and is given no value{where}"
    note_template = "{about}"
    help_template = "give it with -p {parameter}=..., in a parameters file (-p FILE), or give it a default"


class ParameterOpen(ParameterMissing):
    code = "RN337"
    explanation = "As RN336, where a pipeline is only checked: a run needs the value, a manifest may leave it open."
    severity = Severity.HINT


class DefaultsDiffer(Diagnostic):
    code = "RN338"
    explanation = (
        "A parameter that is declared without a default has that of the functions that take it. Where these differ, "
        "the steps of one run would have different values of one parameter."
    )
    parameter: str
    defaults: tuple[str, ...]
    message_template = "the parameter {parameter!r} has different defaults in the functions that take it"

    @property
    def note(self) -> str | None:
        return "; ".join(self.defaults)

    help_template = "say it once: Parameter(name={parameter!r}, default=...)"
