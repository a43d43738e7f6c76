"""The record of a run as its next session begins with it."""

from __future__ import annotations

from dataclasses import replace

from runnable.diagnostics.codes.records import RecordDoesNotFit
from runnable.diagnostics.errors import RecordUnusable
from runnable.ir.at_exit import is_exit_step
from runnable.ir.nodes import Program
from runnable.runs.resume.compatibility import misfits
from runnable.runs.resume.positions import Places
from runnable.runs.resume.request import Resumption
from runnable.semantics.plan import new_record
from runnable_runtime.records.records import KILLED, RunRecord, Status, StepRecord, in_order
from runnable_runtime.records.times import now

GONE = "no longer in the pipeline"


def reopen(program: Program, record: RunRecord, resumption: Resumption, tag: str) -> RunRecord:
    """The record of the run as `program` begins to resume it.

    What the last session left as running was interrupted; steps are where the program has them now; those that it has
    no longer are skipped. What runs at the end is not in it: it runs again, at the end of this session. Raises
    RecordUnusable if the record does not fit the program.
    """
    if not resumption.rerun_changed and (problems := misfits(program, record)):
        raise RecordUnusable([RecordDoesNotFit(run_id=record.run_id, problems=tuple(problems))])
    places = Places(program)
    new = new_record(program, record.run_id, tag)
    own = {path: step for path, step in record.steps.items() if not is_exit_step(path, program)}
    steps = {**new.steps, **{path: _reopened(step, places) for path, step in own.items()}}
    return replace(
        record,
        pipeline=program.name,
        tag=tag or record.tag,
        source=program.source or record.source,
        workflow="",
        status=Status.RUNNING,
        resumed=now(),
        ended=None,
        message="",
        parameters=dict(resumption.parameters),
        edges=new.edges,
        earlier=(*record.earlier, record.session(_last_time(record))),
        steps=in_order(steps.values()),
    )


def _reopened(step: StepRecord, places: Places) -> StepRecord:
    step = step.killed()
    if step.status is Status.RUNNING:
        step = replace(step, status=Status.INTERRUPTED, message=KILLED if step.attempts else step.message)
    placed = places.find(step.path)
    if placed is None:
        return replace(step, status=Status.SKIPPED, message=GONE)
    return replace(step, kind=placed.kind, place=placed.place)


def _last_time(record: RunRecord) -> str:
    """The last time that is recorded of a run that was killed."""
    times = [record.resumed or record.started]
    for step in record.steps.values():
        times += [time for time in (step.started, step.ended) if time]
    return max(times)
