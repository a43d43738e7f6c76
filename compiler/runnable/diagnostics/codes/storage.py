"""RN6xx: files, objects and large values, and the store that they need."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.wording import nearest


class BadPattern(Diagnostic):
    code = "RN601"
    explanation = (
        "A Catalog's paths and patterns are relative to the working folder, and stay in it. A file, a folder with all "
        "that is in it, or a glob: `*`, `?` and `[abc]` stand for characters of one name, `**` for any folders."
    )
    owner: str
    stage: str
    pattern: str
    reason: str
    message_template = "{owner} cannot {stage} {pattern!r}: it {reason}"


class NothingPuts(Diagnostic):
    code = "RN602"
    explanation = (
        "A step gets files from the catalog of its run, so an earlier step must have put them there. What it finds "
        "nothing for fails it."
    )
    severity = Severity.WARNING
    step: str
    pattern: str
    known: tuple[str, ...] = ()
    later: str = ""
    message_template = "step {step!r} gets {pattern!r}, and no step before it puts that"

    @property
    def note(self) -> str | None:
        return f"{self.later!r} does, but does not run before {self.step!r}" if self.later else None

    @property
    def help(self) -> str | None:
        if close := nearest(self.pattern, self.known):
            return f"did you mean {close!r}?"
        return f"let an earlier step put it: catalog=Catalog(put=[{self.pattern!r}])"


class PutTwice(Diagnostic):
    code = "RN603"
    explanation = (
        "Branches of a Parallel, items of a Map, or steps that do not wait for each other, put a file at one path. "
        "The catalog of a run has one file for a path, and it is left to chance whose it is. On one machine they also "
        "write the same file."
    )
    severity = Severity.WARNING
    step: str
    path: str
    who: str

    @property
    def message(self) -> str:
        of = f" of {self.step!r}" if self.step else ""
        return f"{self.who}{of} put {self.path!r}, and each may replace the other's"

    help_template = (
        "put files of different names, such as with the item in it, and a pattern; or return objects: pickled(...)"
    )


class StoreNeeded(Diagnostic):
    code = "RN604"
    explanation = (
        "Files and objects go from one step to another through a store. On this machine that is the folder `.catalog` "
        "unless the configuration says otherwise; pods need one that all of them reach: a bucket or a volume."
    )
    step: str
    what: str
    target: str
    way_out: str
    message_template = "step {step!r} {what}, and {target} has no store for it"
    help_template = "{way_out}"


class ObjectDecides(Diagnostic):
    code = "RN605"
    explanation = (
        "What runs next is decided without loading objects: a Conditional or Loop needs a JSON value, and a Map a "
        "list. A list of objects that an earlier Map returned will do for a Map."
    )
    step: str
    kind: str
    parameter: str
    message_template = "{kind} {step!r} needs the value of {parameter!r}, which is a pickled object"
    help_template = "return {parameter!r} as JSON, or what decides as another name beside it"


class ShellReadsObject(Diagnostic):
    code = "RN606"
    explanation = (
        "A shell gets parameters as text in its environment. A pickled object has none, so there is no such variable: "
        "let the step before write a file, and put it into the catalog."
    )
    severity = Severity.WARNING
    step: str
    parameter: str
    message_template = "step {step!r} reads ${parameter}, which is a pickled object and no variable of a shell"
