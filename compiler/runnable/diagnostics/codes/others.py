"""RN949 to RN951: steps that others do, templates of Argo's and requests."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic


class NothingStandsIn(Diagnostic):
    code = "RN949"
    explanation = (
        "A TemplateTask calls a template that only Argo has. On this machine nothing is called: what the step returns "
        "is said in the step, or in the configuration."
    )
    step: str
    called: str
    missing: tuple[str, ...]

    @property
    def message(self) -> str:
        names = ", ".join(map(repr, self.missing))
        return (
            f"step {self.step!r} calls {self.called}, which is not called here, and nothing says what {names} would be"
        )

    @property
    def help(self) -> str | None:
        name = self.missing[0]
        return f"give locally={{{name!r}: ...}}, or `templates: {{{self.step}: {{{name}: ...}}}}` in the configuration"


class NoTemplateInAJob(Diagnostic):
    code = "RN950"
    explanation = "A Job of Kubernetes runs one pod of ours. Templates of Argo's are called by Argo."
    step: str
    message_template = "the step {step!r} calls a template of Argo's, which no Job of Kubernetes does"
    help_template = "compile the pipeline for Argo"
