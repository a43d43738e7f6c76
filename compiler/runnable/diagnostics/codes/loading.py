"""RN0xx: loading the user's file."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.span import Span
from runnable.diagnostics.wording import did_you_mean


class FileNotReadable(Diagnostic):
    code = "RN001"
    explanation = "The pipeline's file does not exist, cannot be read, or is not a Python file."
    file: str
    reason: str
    message_template = "cannot read the pipeline file {file!r}: {reason}"


class FileDoesNotImport(Diagnostic):
    code = "RN002"
    explanation = (
        "To find the pipeline its file is run, with `execute()` only taking note of the pipeline. The file itself, or "
        "something that it imports, raised an exception. It must run wherever it is compiled: the packages that it "
        "imports must be installed there."
    )
    file: str
    reason: str
    trace: str = ""
    message_template = "{file} does not run: {reason}"

    @property
    def note(self) -> str | None:
        return self.trace or None


class NoPipeline(Diagnostic):
    code = "RN003"
    explanation = (
        "The file defines no pipeline: nothing called `execute()`, there is no Pipeline at module level and no `main` "
        "function that returns one."
    )
    file: str
    functions: tuple[str, ...] = ()
    message_template = "{file} defines no pipeline"

    @property
    def note(self) -> str | None:
        return "main() was called, and returned no pipeline" if "main" in self.functions else None

    @property
    def help(self) -> str | None:
        if "main" in self.functions:
            return "let main() return the pipeline, or call pipeline.execute() in it"
        if self.functions:
            return f"name the function that returns it: {self.file}:{self.functions[0]}"
        return "call pipeline.execute(), or define a function main() that returns a Pipeline"


class SeveralPipelines(Diagnostic):
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

    help_template = "name the function, or the variable, that has the one you mean: {file}:NAME"


class NotAPipeline(Diagnostic):
    code = "RN005"
    explanation = "FILE:name must be a function without arguments that returns a Pipeline, or a Pipeline."
    file: str
    name: str
    found: str
    known: tuple[str, ...] = ()
    message_template = "{name!r} in {file} {found}"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.name, self.known)


class RestNotRun(Diagnostic):
    code = "RN006"
    severity = Severity.HINT
    explanation = (
        "To find the pipeline its file is run, with `execute()` only taking note of the pipeline, so that there are no "
        "results and it returns None. What follows raised an exception, which does no harm: the pipeline is known by "
        "then. If the file has a mistake there, it will be reported when it is run."
    )
    file: str
    reason: str
    trace: str = ""
    message_template = "while nothing runs, what follows execute() in {file} has no results: {reason}"
    help_template = "none is needed; `if record is not None:` around what needs results keeps this hint away"

    @property
    def note(self) -> str | None:
        return self.trace or None
