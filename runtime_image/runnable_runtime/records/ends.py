"""The ends of workflows, recorded beside what their pods record: no pod knows the end, so whoever sees it writes it.

    <run_id>/ends/<name>.json     one end of one workflow

An end is a file of its own that is never changed: writers need not wait for each other, and one with an older view
loses nothing that others wrote. Of several ends of one workflow (Argo can retry one) the last one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records import shape
from runnable_runtime.records.chunks import RUN, decode, encode, parts_in, step_part
from runnable_runtime.records.file_names import encode_path
from runnable_runtime.records.part_lines import step_in
from runnable_runtime.records.records import KILLED, RecordError, RunRecord, Status, StepRecord, in_order

if TYPE_CHECKING:
    from runnable_runtime.stores.location import Location

ENDS = "ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowEnd:
    """How the workflow ``namespace/name`` has ended, and when: a time as records have it.

    `steps` are those that have not recorded themselves, since nothing of ours was in their pods. They are not a part of
    the end's own record: `write_end` writes them where pods write theirs. `begun` is the run's own record, of one that
    had no pod to write it.
    """

    workflow: str
    status: Status
    ended: str
    message: str = ""
    steps: tuple[StepRecord, ...] = ()
    begun: RunRecord | None = None

    def to_json(self) -> dict[str, Json]:
        """The end as a JSON object."""
        return {"workflow": self.workflow, "status": str(self.status), "ended": self.ended, "message": self.message}

    @classmethod
    def from_json(cls, document: Mapping[str, Json]) -> WorkflowEnd:
        """The inverse of `to_json`. Raises RecordError for anything else."""
        shape.check(document, shape.END, "the record of a workflow's end")
        try:
            return cls(
                workflow=document["workflow"],
                status=Status(document["status"]),
                ended=document["ended"],
                message=document["message"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise RecordError(f"the record of a workflow's end is damaged: {error!r}") from None


def is_open(record: RunRecord) -> bool:
    """Whether the record does not say how its run has ended, and only the cluster can: pods wrote it last."""
    return bool(record.workflow) and record.status is Status.RUNNING


def write_end(location: Location, run_id: str, end: WorkflowEnd) -> bool:
    """Keep `end` with the records of the run; False if there is no such run. Raises OSError."""
    if location.size(f"{run_id}/{RUN}") is None:
        if end.begun is None:
            return False
        with suppress(FileExistsError):  # another process has seen the end too
            location.write(f"{run_id}/{RUN}", encode(end.begun.header_to_json()), exclusive=True)
    name = encode_path(f"{end.workflow} {end.ended}")
    _write_steps(location, run_id, end)
    location.write(f"{run_id}/{ENDS}/{name}.json", encode(end.to_json()))
    return True


def _write_steps(location: Location, run_id: str, end: WorkflowEnd) -> None:
    """Record the steps of `end`, unless the run has been resumed since. Raises OSError."""
    if not end.steps or decode(location.read(f"{run_id}/{RUN}")).get("workflow") != end.workflow:
        return
    for step in end.steps:
        key = f"{run_id}/{step_part(step.path)}"
        before = None
        with suppress(FileNotFoundError):
            before = step_in(location.read(key))
        before = before or StepRecord(path=step.path, kind=step.kind, place=step.place)
        known = {attempt.started for attempt in before.attempts}
        new = [attempt for attempt in step.attempts if attempt.started not in known]
        if new:
            count = len(before.attempts)
            numbered = (replace(one, number=number) for number, one in enumerate(new, start=count + 1))
            attempts = (*before.attempts, *numbered)
            step = replace(step, started=before.started or step.started, attempts=attempts)
            location.write(key, encode(step.to_json()))


def ended(record: RunRecord, location: Location) -> RunRecord:
    """`record` with the end of its workflow, if it has been written. Raises OSError or RecordError."""
    if not is_open(record):
        return record
    found, damage = [], []
    for key in parts_in(location, f"{record.run_id}/{ENDS}"):
        try:
            found.append(WorkflowEnd.from_json(decode(location.read(key))))
        except RecordError as error:
            damage.append(f"{key.partition('/')[2]}: {error}")
    return with_end(replace(record, damage=(*record.damage, *damage)), found)


def with_end(record: RunRecord, ends: Iterable[WorkflowEnd]) -> RunRecord:
    """`record` with the last one of `ends` that is of its workflow; as it is if there is none, or it has one already.

    A step that its pod left as running was killed: nothing runs any more.
    """
    own = [end for end in ends if end.workflow == record.workflow]
    if not own or not is_open(record):
        return record
    last = max(own, key=lambda end: end.ended)
    steps = {path: _left(step, last.ended) for path, step in record.steps.items()}
    if more := [step for step in last.steps if step.path not in steps]:
        steps = in_order((*steps.values(), *more))
    return replace(record, status=last.status, ended=last.ended, message=last.message, steps=steps)


def _left(step: StepRecord, at: str) -> StepRecord:
    """`step` as it was left when its workflow ended, `at` that time. One that began later is of a further try."""
    if step.status is not Status.RUNNING or not step.attempts or step.attempts[-1].started > at:
        return step
    return replace(step.killed(), status=Status.INTERRUPTED, message=KILLED)
