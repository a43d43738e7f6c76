"""The fate of tasks where an earlier run is resumed, as `runnable retry` does it, and what has changed since."""

from __future__ import annotations

from dataclasses import replace

from runnable.diagnostics.codes.records import RecordDoesNotFit, RunActive
from runnable.diagnostics.errors import RecordUnusable
from runnable.ir.nodes import Program, Task
from runnable.planning.changes import Changes
from runnable.planning.expand import At, Does, Fate, FateOf
from runnable.planning.steps import Change, Why
from runnable.runs.code import CodeBook
from runnable.runs.leftovers import refuse_leftovers
from runnable.runs.lookup import newest_first
from runnable.runs.resume.compatibility import misfits
from runnable.runs.resume.known_ends import End, Walk
from runnable.runs.resume.pod_records import completed
from runnable.runs.resume.recall import Recall
from runnable.runs.resume.request import Resumption
from runnable.runs.stores.store import RunLogStore
from runnable.semantics.frame import Frame
from runnable.semantics.scope import Scope
from runnable_runtime.records.records import RunRecord, Status
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.storage import Storage

BEHIND = "something before it runs again"


def latest(store: RunLogStore, pipeline: str) -> RunRecord | None:
    """The newest run of a pipeline that can be read and is not under way; None if there is none."""
    for run_id, header in newest_first(store):
        if isinstance(header, RunRecord) and header.pipeline == pipeline and not store.is_active(run_id):
            try:
                return store.read(run_id)
            except RecordUnusable:
                continue
    return None


def resumable(program: Program, store: RunLogStore, resumption: Resumption) -> RunRecord:
    """The record of the run that is to be resumed. Raises RecordUnusable as `runnable retry` does."""
    record = store.read(resumption.run_id)
    if store.is_active(record.run_id):
        raise RecordUnusable([RunActive(run_id=record.run_id)])
    refuse_leftovers(record.run_id, record.folder)
    if not resumption.rerun_changed and (problems := misfits(program, record)):
        raise RecordUnusable([RecordDoesNotFit(run_id=record.run_id, problems=tuple(problems))])
    return record


class Resumed:
    """What becomes of tasks where the run of `record` is resumed; `otherwise` says it of those that run again."""

    def __init__(
        self,
        program: Program,
        record: RunRecord,
        resumption: Resumption,
        codes: CodeBook,
        storage: Storage,
        changes: Changes,
        otherwise: FateOf,
    ) -> None:
        load = Objects(replace(storage, run_id=record.run_id)).load
        if record.workflow:
            record = completed(program, record, resumption.parameters, load)
        self.record = record
        self._otherwise = otherwise
        self._changes = changes
        self._others = resumption.others
        self._fates: dict[str, Fate] = {}
        self._recall = Recall(program, record, codes, resumption)
        Walk(program, resumption.parameters, self._end_of, load, self._recall.enter)

    def __call__(self, task: Task, at: At, scope: Scope) -> Fate:
        """See `FateOf`."""
        fate = self._fates.get(at.path) if at.exact else None
        if fate is not None and fate.does is Does.TAKEN:
            return fate
        other = self._otherwise(task, at, scope)
        if other.does is not Does.RUNS:
            return other
        return fate or Fate(why=Why(BEHIND, self.record.run_id))

    def _end_of(self, frame: Frame, position: int, task: Task, path: str, scope: Scope) -> End | None:
        known = self._recall.of_task(task, path, scope)
        run_id = self.record.run_id
        if known is None:
            if task.is_idle:
                self._fates[path] = Fate()
                return End(Status.SUCCEEDED, {})
            self._fates[path] = Fate(why=self._why(task, path, scope))
            return None
        why = None
        if known.changes:
            changes = self._changed(task, known.changes, path, scope)
            why = Why(f"does not run again, and has changed since the run {run_id}", run_id, changes)
        self._fates[path] = Fate(Does.TAKEN, known.status, known.outputs, run_id, why)
        return End(known.status, known.outputs, known.message)

    def _why(self, task: Task, path: str, scope: Scope) -> Why:
        text, names = self._recall.why_not(task, path, scope)
        run_id = self.record.run_id
        changes = self._changed(task, names, path, scope)
        told = {"changed": f"changed since the run {run_id}", BEHIND: BEHIND}.get(text, f"in the run {run_id} {text}")
        return Why(told, run_id, changes)

    def _changed(self, task: Task, names: tuple[str, ...], path: str, scope: Scope) -> tuple[Change, ...]:
        before, now = self._recall.before_and_now(task, path, scope)
        given = {one.name: self._others[one.parameter] for one in task.arguments if one.parameter in self._others}
        return self._changes.of(task, names, before, {**now, **self._others, **given})
