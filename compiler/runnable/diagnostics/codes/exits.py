"""RN927 to RN929: what runs at the end of a run."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity


class NameTaken(Diagnostic):
    code = "RN927"
    explanation = (
        "The record of a run has the steps of its exit handler under `on_exit`, and its notifications under `notify`: "
        "no step of a pipeline that has them is called so."
    )
    name: str
    message_template = "a step is called {name!r}, as what runs at the end is in the record"
    help_template = "give the step another name"


class FactTaken(Diagnostic):
    code = "RN928"
    explanation = (
        "The steps that run at the end get the facts of the run as the parameters `run_id`, `status`, `failures` and "
        "`duration`. A pipeline that has such steps declares no parameter of its own under one of these names."
    )
    parameter: str
    message_template = "the parameter {parameter!r} is one that the steps at the end of the run are given"
    help_template = "give the parameter another name"


class ExitFailed(Diagnostic):
    code = "RN929"
    severity = Severity.WARNING
    explanation = (
        "The exit handler, or a notification, has failed. That changes nothing of how the run has ended: it has the "
        "status that it had before, and so has the exit code."
    )
    run_id: str
    reason: str
    message_template = "what runs at the end of {run_id} did not succeed: {reason}"
