"""RN934 to RN940: what the published package has, pipelines in YAML above all."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.wording import did_you_mean


class YamlWrong(Diagnostic):
    code = "RN934"
    explanation = (
        "A pipeline in YAML has the form of the published package: a key `dag`, with `start_at` and `steps`, each step "
        "with a `type`. docs/yaml.md lists the types and their keys."
    )
    what: str
    reason: str
    name: str = ""
    known: tuple[str, ...] = ()
    message_template = "{what} {reason}"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.name, self.known) if self.known else None


class YamlStepMissing(Diagnostic):
    code = "RN935"
    explanation = (
        "`start_at`, `next` and `on_failure` name steps of the same `steps`, or the ends `success` and `fail`: not "
        "steps of another branch."
    )
    what: str
    name: str
    known: tuple[str, ...] = ()
    message_template = "{what} names {name!r}, which is no step here"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.name, (*self.known, "success", "fail"), "steps")


class YamlCircle(Diagnostic):
    code = "RN936"
    explanation = (
        "Following `next` and `on_failure` from a step never leads back to it: such a pipeline could run without an "
        "end. What is to be repeated is a step of the type `loop`, or has `retry`."
    )
    steps: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"the steps lead in a circle: {' -> '.join(repr(name) for name in (*self.steps, self.steps[0]))}"

    help_template = "let the last of them lead to `success` or `fail`, or repeat them by a step of the type `loop`"


class YamlIgnored(Diagnostic):
    code = "RN937"
    severity = Severity.WARNING
    explanation = (
        "The published package takes keys that it then leaves unread, such as any unknown key of a composite, and so "
        "are they here. Each is reported, since a key that was mistyped is one of them."
    )
    what: str
    key: str
    instead: str = ""
    known: tuple[str, ...] = ()
    message_template = "{what}: the key {key!r} has no effect"

    @property
    def help(self) -> str | None:
        from runnable.diagnostics.wording import nearest

        near = nearest(self.key, self.known)
        return self.instead or (f"did you mean {near!r}?" if near else "remove it")


class YamlUnreached(Diagnostic):
    code = "RN938"
    severity = Severity.WARNING
    explanation = "Neither `start_at` nor the `next` or `on_failure` of a step that runs leads to it."
    step: str
    message_template = "no step leads to {step!r}, so that it never runs"
    help_template = "name it in the `next` of the step before it, or remove it"


class YamlTooLarge(Diagnostic):
    code = "RN939"
    explanation = (
        "An alias (`*branch`) stands for all that it names, and a step that several failures lead to is made once for "
        "each of them. So a short file can mean very many steps; this one means more than are read."
    )
    most: int
    message_template = "the pipeline has more than {most:,} steps, counting each use of an alias and of a handler"
    help_template = (
        "let a `map` repeat what is alike, and let handlers of several steps end in `success` or `fail`, rather than "
        "lead back"
    )


class PatchUnused(Diagnostic):
    code = "RN940"
    severity = Severity.WARNING
    explanation = (
        "One configuration of mocked runs may be for several pipelines, so a patch for a step that this one does not "
        "have is left out. It is reported, since a step whose name was mistyped does nothing instead of what its patch "
        "says."
    )
    file: str
    step: str
    known: tuple[str, ...] = ()
    message_template = "{file}: the patch for {step!r} is left out: there is no such step in the pipeline"

    @property
    def help(self) -> str | None:
        from runnable.diagnostics.wording import nearest

        near = nearest(self.step, self.known)
        return f"did you mean {near!r}?" if near else "none is needed if it is for another pipeline"
