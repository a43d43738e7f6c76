"""RN930 to RN933: approvals."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic


class NothingWaits(Diagnostic):
    code = "RN930"
    explanation = (
        "`runnable approve` and `runnable reject` answer a step that waits: of a run of this user on this machine, or "
        "of a workflow on a cluster. A step that somebody has answered before, or whose time is over, waits no more."
    )
    run: str
    step: str
    waiting: tuple[str, ...]

    @property
    def message(self) -> str:
        if self.step:
            return f"the step {self.step!r} of {self.run!r} does not wait for approval"
        return f"no step of {self.run!r} waits for approval"

    @property
    def help(self) -> str | None:
        return f"waiting: {', '.join(self.waiting)}" if self.waiting else None


class SeveralWait(Diagnostic):
    code = "RN931"
    explanation = "Where several steps of a run wait for approval, the one that is meant has to be named."
    run: str
    waiting: tuple[str, ...]
    message_template = "several steps of {run!r} wait for approval"

    @property
    def help(self) -> str | None:
        return f"name one: {', '.join(self.waiting)}"


class AnswerUnfit(Diagnostic):
    code = "RN932"
    explanation = (
        "An approval is given with the answers that its step asks for, each of its type and one of its choices."
    )
    step: str
    reason: str
    message_template = "the answers do not fit the step {step!r}: {reason}"


class NoApprovalInAJob(Diagnostic):
    code = "RN933"
    explanation = "A Job of Kubernetes runs one pod, and an approval has none: nobody could be waited for."
    step: str
    message_template = "the step {step!r} waits for a person, which no Job of Kubernetes does"
    help_template = "compile the pipeline for Argo, or run it on this machine"
