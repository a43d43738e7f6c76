"""Answering a step of a workflow on a cluster that waits for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from runnable.diagnostics.codes.approvals import AnswerUnfit, NothingWaits
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ClusterError, RecordUnusable
from runnable.driver.approving import only
from runnable.execution.approvals.answers import BadAnswer, answers
from runnable.execution.approvals.questions import Answer, myself

if TYPE_CHECKING:
    from runnable.cluster.objects import Objects


def decide_there(
    find: Callable[[], Objects], name: str, step: str, given: Mapping[str, str], *, approved: bool, message: str
) -> str:
    """Answer the step of the workflow called `name` that `step` means, or the only one that waits; what was done.

    Raises RecordUnusable for a run that waits neither here nor there, and as `approving.decide`; ClusterError.
    """
    from runnable.cluster.approvals import answer, waiting_steps

    try:
        objects = find()
        workflow = objects.get("Workflow", name)
    except ClusterError as error:
        nothing: Diagnostic = NothingWaits(run=name, step=step, waiting=())
        raise RecordUnusable([nothing, *error.diagnostics]) from None
    waiting = waiting_steps(workflow)
    one = waiting[only(list(waiting), name, step)]
    try:
        values = answers(one.answers, given) if approved else {}
    except BadAnswer as bad:
        raise RecordUnusable([AnswerUnfit(step=one.path, reason=str(bad))]) from None
    told = Answer(approved, myself(), values, message).told()
    if not answer(objects, workflow, one, values, approved=approved, told=told):
        raise RecordUnusable([NothingWaits(run=name, step=one.path, waiting=())])
    return f"{one.path}: {told}"
