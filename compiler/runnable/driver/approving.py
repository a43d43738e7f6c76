"""Answering a step of a run on this machine that waits for a person, from another shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runnable.diagnostics.codes.approvals import AnswerUnfit, NothingWaits, SeveralWait
from runnable.diagnostics.errors import OutputError, RecordUnusable
from runnable.execution.approvals.answers import BadAnswer, answers
from runnable.execution.approvals.questions import Answer, Asked, myself, waiting
from runnable.ir.step_patterns import named_by
from runnable.runs.lookup import LATEST


def waits_here(run: str) -> tuple[Asked, ...]:
    """The steps that wait of the run that `run` means: its id, the beginning of one, or `latest`."""
    every = sorted(waiting(), key=lambda one: one.since)
    ids = list(dict.fromkeys(one.run_id for one in every))
    if run == LATEST and ids and run not in ids:
        run = every[-1].run_id
    meant = [run] if run in ids else [one for one in ids if run and one.startswith(run)]
    return tuple(one for one in every if one.run_id in meant) if len(meant) == 1 else ()


def decide(
    asked: Sequence[Asked], run: str, step: str, given: Mapping[str, str], *, approved: bool, message: str
) -> tuple[str, Answer]:
    """Answer one of the steps `asked`: the one that `step` means, or the only one; its path, and the answer.

    Raises RecordUnusable for a step that does not wait, and for answers that do not fit; OutputError.
    """
    one = {one.step: one for one in asked}[only([one.step for one in asked], run, step)]
    try:
        values = answers(one.answers, given) if approved else {}
    except BadAnswer as bad:
        raise RecordUnusable([AnswerUnfit(step=one.step, reason=str(bad))]) from None
    answer = Answer(approved, myself(), values, message)
    try:
        first = one.give(answer)
    except OSError as error:
        raise OutputError(f"error: the answer cannot be written: {error}") from None
    if not first:
        raise RecordUnusable([NothingWaits(run=one.run_id, step=one.step, waiting=())])
    return one.step, answer


def only(waiting: Sequence[str], run: str, step: str) -> str:
    """The one of the paths `waiting` that `step` means; the only one if it is empty. Raises RecordUnusable."""
    meant = named_by(step, tuple(waiting)) if step else tuple(waiting)
    if not meant:
        raise RecordUnusable([NothingWaits(run=run, step=step, waiting=tuple(waiting))])
    if len(meant) > 1:
        raise RecordUnusable([SeveralWait(run=run, waiting=meant)])
    return meant[0]
