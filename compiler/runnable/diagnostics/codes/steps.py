"""RN2xx: steps and their options."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.wording import did_you_mean


class UnknownKeyword(Diagnostic):
    code = "RN201"
    explanation = "The class takes no such keyword. Nothing is ignored silently, so that a slip of the pen is seen."
    owner: str
    keyword: str
    known: tuple[str, ...]
    message_template = "{owner} takes no keyword {keyword!r}"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.keyword, self.known, "keywords")


class MissingKeyword(Diagnostic):
    code = "RN202"
    explanation = "The class needs this keyword."
    owner: str
    keyword: str
    message_template = "{owner} needs the keyword {keyword!r}"


class BadOption(Diagnostic):
    code = "RN203"
    explanation = "An option of a step has the wrong type or lies outside of what it may be."
    owner: str
    option: str
    reason: str
    instead: str = ""
    """What would do, where that is known."""
    message_template = "{owner}: {option} {reason}"

    @property
    def help(self) -> str | None:
        return self.instead or None


class NotSupportedYet(Diagnostic):
    code = "RN204"
    explanation = (
        "The published `runnable` has this feature, this version does not yet. It says so rather than run the pipeline "
        "without it."
    )
    feature: str
    message_template = "{feature} is not supported yet"


class FunctionNotImportable(Diagnostic):
    code = "RN205"
    explanation = (
        "A pod imports the function by its module and name, so it must be a function at the top level of a file: not "
        "a lambda, a function inside a function, a method, a partial or a builtin."
    )
    step: str
    reason: str
    message_template = "step {step!r} cannot use its function: {reason}"
    help_template = "define it with `def` at the top level of a module of your project"


class NotebookMissing(Diagnostic):
    code = "RN206"
    explanation = "A notebook's path is relative to the project's root (or absolute below it) and ends with `.ipynb`."
    step: str
    notebook: str
    reason: str
    message_template = "step {step!r} cannot use the notebook {notebook!r}: {reason}"


class FunctionOutsideProject(Diagnostic):
    code = "RN207"
    explanation = (
        "An image holds the project's folder and installed packages. The function's file is in neither, so a pod could "
        "not import it."
    )
    step: str
    file: str
    root: str
    message_template = "step {step!r}: its function is in {file}, outside of the project {root}"


class BadReducer(Diagnostic):
    code = "RN208"
    explanation = (
        "A Map's reducer is a function, the dotted path of one (`statistics.mean`), the name of a builtin (`max`), or "
        "the text of a lambda. It must be there when the pipeline is defined."
    )
    step: str
    reducer: str
    reason: str
    near: str | None = None
    message_template = "step {step!r} cannot use the reducer {reducer!r}: {reason}"

    @property
    def help(self) -> str | None:
        return f"did you mean {self.near!r}?" if self.near else None


class BadStub(Diagnostic):
    code = "RN209"
    explanation = (
        "In a test, a stub is for a step that exists, and gives only what that step returns. A step is named by its "
        "name, or by as much of the end of its path as is needed (`branch.train`, `map.0.train`)."
    )
    name: str
    reason: str
    known: tuple[str, ...] = ()
    looked_for: str = ""
    message_template = "the stub {name!r} cannot be used: {reason}"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.looked_for, self.known) if self.looked_for else None


class StreamsNowhere(Diagnostic):
    code = "RN210"
    explanation = (
        "An AsyncPipeline hands the events of its steps to whoever runs it, in the same process. Pods on a cluster "
        "have nobody to hand them to."
    )
    pipeline: str
    target: str

    @property
    def message(self) -> str:
        name = f"the AsyncPipeline {self.pipeline!r}" if self.pipeline else "an AsyncPipeline"
        return f"{name} cannot be compiled for {self.target}: it streams events on this machine only"

    help_template = "make it a Pipeline: an AsyncPythonTask runs there too, and its events go nowhere"


class UnknownArgument(Diagnostic):
    code = "RN211"
    explanation = (
        "`arguments` has the names that the step's function has for what it takes, or those of a command's variables, "
        "or of a notebook's. The function takes no such argument; or no cell of the notebook has the name."
    )
    step: str
    argument: str
    taker: str
    known: tuple[str, ...] = ()
    message_template = "step {step!r}: arguments has {argument!r}, which {taker}"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.argument, self.known, "arguments")


class ArgumentMisfit(Diagnostic):
    code = "RN212"
    explanation = "A constant among a step's `arguments` is of the type that the function's argument is annotated with."
    step: str
    argument: str
    wanted: str
    found: str
    taker: str
    reason: str = ""
    message_template = "step {step!r}: the argument {argument!r} is {found}, and {taker} takes {wanted}"
    note_template = "{reason}"
