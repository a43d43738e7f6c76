"""RN922 to RN926: Argo's cache of steps, and artifacts in Argo's page."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity


class NotCachedOnArgo(Diagnostic):
    code = "RN922"
    severity = Severity.WARNING
    explanation = (
        "With `cache` in the configuration of Argo, the controller looks up steps with `cache=True` before it starts a "
        "pod; steps with files or objects are looked up in the store, if pods have one, when their pods have started. "
        "A step of which something cannot be known beforehand, or is hidden as values of secrets are, runs each time."
    )
    step: str
    reason: str
    message_template = "step {step!r} always runs on Argo: {reason}"


class ArtifactsNotKept(Diagnostic):
    code = "RN923"
    severity = Severity.WARNING
    explanation = (
        "With `artifacts` in the configuration of Argo, a step's executed notebook and files are listed with its pod "
        "in Argo's page. A pod that several steps, or items of a Map, share has none of them: they would be listed as "
        "the pod's. They are in the catalog, and in the run's report, all the same."
    )
    step: str
    message_template = "step {step!r} shares its pod, so that Argo lists no artifacts of it"
    help_template = "leave `fuse` or `batch` out for it, or look at its files in the catalog"
