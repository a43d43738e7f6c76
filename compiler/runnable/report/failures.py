"""What failed, and what to do: for each failure its message, traceback, inputs, the end of its log, and commands."""

from __future__ import annotations

from shlex import quote

from runnable.execution.summary import causes, commands, handled
from runnable.report.attachments import Attachments
from runnable.report.html import NOTHING, Html, join, table, tag
from runnable.report.model import Model, Step
from runnable.report.wording import counted, duration, value_text
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import Status, StepRecord

_SHOWN = 20
_LONGEST_LINE = 120
_OPENED = 3
"""Failures that need no click; of others the first line of their message is seen."""


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """What is to be said of a run without a record, but with a workflow's status: a note; a command for logs."""

    note: str
    logs: str


def failing(model: Model) -> tuple[list[StepRecord], list[StepRecord]]:
    """The steps that say why the run failed or was stopped, and tasks whose failure something around them handled."""
    record = model.record
    well = record.status is Status.SUCCEEDED
    found = [] if well else causes(record)
    stopped = [one for one in record.steps.values() if one.status is Status.INTERRUPTED and one.attempts]
    why = [*found, *stopped]
    tasks = (step.record for step in model.tasks if step.status is Status.FAILED and step.record)
    return why, [one for one in tasks if well or (one not in found and handled(one.path, record))]


def failures(model: Model, attachments: Attachments, *, values: bool, unrecorded: Unrecorded | None = None) -> Html:
    """The failures, those that say why the run failed first, then those that were handled, folded."""
    why, mended = failing(model)
    shown = [
        _failure(model, one, attachments, values=values, opened=at < _OPENED, unrecorded=unrecorded)
        for at, one in enumerate(why[:_SHOWN])
    ]
    left = len(why) - _SHOWN
    if left > 0:
        shown.append(tag("p", f"{counted(left, 'more step')} failed: status:failed in the search finds them."))
    if mended:
        inside = [_failure(model, one, attachments, values=values, unrecorded=unrecorded) for one in mended[:_SHOWN]]
        about = f"{counted(len(mended), 'failure')} handled: not what the run ended with"
        shown.append(tag("details", tag("summary", about), *inside, class_="fold", open=not why))
    return join(shown)


def _failure(
    model: Model,
    one: StepRecord,
    attachments: Attachments,
    *,
    values: bool,
    unrecorded: Unrecorded | None,
    opened: bool = True,
) -> Html:
    step = model.find(one.path)
    assert step is not None
    last = one.attempts[-1] if one.attempts else None
    parts = [_heading(step, one), tag("pre", one.message or str(one.status), class_="message")]
    if last is not None and last.trace:
        parts.append(_folded("Traceback", tag("pre", last.trace), opened=True))
    if last is not None and values and last.inputs:
        rows = ((name, tag("code", value_text(value))) for name, value in last.inputs.items())
        parts.append(_folded("Inputs", table("", ("name", "value"), rows), opened=len(last.inputs) <= 8))
    if last is not None and (log := attachments.log(one, last)):
        parts.append(_folded("End of its log", tag("pre", log.rstrip("\n"))))
    parts.append(_paste(model, one, unrecorded))
    if not opened:
        first = one.message.partition("\n")[0][:_LONGEST_LINE]
        parts = [tag("details", tag("summary", tag("b", step.path), tag("small", first)), *parts)]
    return tag("article", *parts, class_=f"fail {one.status}", id=f"f{step.index}")


def _paste(model: Model, one: StepRecord, unrecorded: Unrecorded | None) -> Html:
    """The commands that say more of a failure, or go on from it."""
    if unrecorded is not None:
        title, lines = "To paste: what it printed", [f"{unrecorded.logs} {quote(one.path)}"]
    else:
        title = "To paste: what it printed, the task again with its inputs, the run from there"
        lines = commands(model.record, one.path if one.attempts else "")
        if model.record.status is Status.SUCCEEDED:
            lines.pop()  # there is nothing to resume
    return _folded(title, tag("pre", "\n".join(lines), class_="paste"), opened=True)


def _heading(step: Step, one: StepRecord) -> Html:
    attempts = f", after {counted(len(one.attempts), 'attempt')}" if len(one.attempts) > 1 else ""
    mark = "\N{BALLOT X}" if step.status is Status.FAILED else "\N{BLACK SQUARE}"
    name = tag("a", step.path, href=f"#s{step.index}")
    took = f"{step.kind}, {duration(step.took)}" if step.took is not None else step.kind
    return tag("h3", tag("i", mark, class_="mark"), name, tag("small", f"{took}{attempts}"))


def _folded(title: str, content: Html, *, opened: bool = False) -> Html:
    return tag("details", tag("summary", title), content, open=opened) if content else NOTHING
