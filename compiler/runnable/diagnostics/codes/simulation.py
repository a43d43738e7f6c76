"""RN94x: simulating a run, comparing two, and whether things belong together."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic


class DurationUnknown(Diagnostic):
    code = "RN945"
    explanation = (
        "`runnable simulate` needs to know how long each step takes that would run: from a recorded run, or from a "
        "file. A step that the run has never ended, such as a handler of a failure that did not come, is in neither."
    )
    step: str
    message_template = "how long the step {step!r} takes is not known"
    help_template = "name a run that has it with --like RUN, or say `{step}: 90s` under `steps` of --durations FILE"


class ValueDecides(Diagnostic):
    code = "RN946"
    explanation = (
        "Which steps run, and how often, can depend on what a step returns. `runnable simulate` runs none, so such a "
        "value has to be known: from a recorded run, or from a file."
    )
    step: str
    parameter: str
    source: str
    message_template = "what runs of the step {step!r} is decided by {parameter!r}, which is not known: {source}"
    help_template = (
        "name a run with --like RUN, or say `{parameter}: VALUE` under `returns` of --durations FILE; for the list of "
        "a Map, a number of items will do"
    )


class TaskFitsNowhere(Diagnostic):
    code = "RN947"
    explanation = "A pod that asks for more than any node has, or more than the quota, would wait for ever."
    step: str
    message_template = "the step {step!r} asks for more than any of the nodes, or the quota, has"
    help_template = "give it larger ones (--node, --quota), or let the step ask for less"


class NoProvenance(Diagnostic):
    code = "RN948"
    explanation = (
        "`runnable verify` compares what a manifest says of where it comes from with what is here. Manifests say it if "
        "they are compiled so."
    )
    file: str
    message_template = "{file} does not say where it comes from"
    help_template = "compile it with --provenance, or with `provenance: true` in the configuration"
