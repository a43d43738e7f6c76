"""The record of a run that pods wrote, completed: on Argo composites, and steps that do nothing, have no pod.

How they ended follows from how the tasks did, as it does while a run lasts (`walk`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from runnable.ir.nodes import Program, Task
from runnable.runs.resume.known_ends import End, Walk
from runnable.semantics.frame import Frame
from runnable.semantics.plan import steps_of
from runnable.semantics.scope import Scope
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import COMPOSITES, AttemptRecord, Kind, RunRecord, Status, StepRecord, in_order
from runnable_runtime.values.parameters import Load


def completed(program: Program, record: RunRecord, parameters: Mapping[str, Json], load: Load) -> RunRecord:
    """`record` with steps for the composites and stubs of `program` that have begun, and for what was skipped.

    `parameters` are those that it is resumed with; `load` replaces references by their values, for reducers.
    """
    known = {path: step for path, step in record.steps.items() if step.kind not in COMPOSITES}

    def end_of(frame: Frame, position: int, task: Task, path: str, scope: Scope) -> End | None:
        step = known.get(path)
        if task.is_idle:
            return End(Status.SUCCEEDED, {})
        if step is None or step.status not in (Status.SUCCEEDED, Status.FAILED):
            return None
        return End(step.status, step.outputs, step.message)

    walk = Walk(program, parameters, end_of, load)
    found = dict(known)
    for path, (frame, position) in walk.left_out.items():
        for step in steps_of(frame.node(position), path, frame.place_of(position), _kind(frame, known)):
            found.setdefault(step.path, replace(step, status=Status.SKIPPED))
    spans = _spans(known)
    for path, (frame, position) in walk.visited.items():
        if path in known:
            continue
        (step, *_) = steps_of(frame.node(position), path, frame.place_of(position), _kind(frame, found))
        end = walk.ends.get(path)
        if end is not None or path in spans:
            found[path] = _ended(step, end, spans.get(path), record)
    return replace(record, steps=in_order(found.values()))


def _ended(step: StepRecord, end: End | None, span: tuple[str, str] | None, record: RunRecord) -> StepRecord:
    """`step` as it ended, or was left; `span`: when the first task in it started, and the last one ended."""
    started, ended = span or (record.started, record.started)
    if end is None:
        return replace(step, status=Status.RUNNING, started=started)
    step = replace(step, status=end.status, started=started, ended=ended, message=end.message)
    if step.kind in COMPOSITES:
        return step
    return replace(step, attempts=(AttemptRecord(number=1, started=started, ended=ended, status=end.status),))


def _spans(steps: Mapping[str, StepRecord]) -> dict[str, tuple[str, str]]:
    """When the first task in each composite started, and the last one ended, by the composite's path."""
    found: dict[str, tuple[str, str]] = {}
    for path, step in steps.items():
        started, ended = step.started or "", step.ended or step.started or ""
        around = path.rpartition(".")[0]
        while around and step.attempts:
            first, last = found.get(around, (started, ended))
            found[around] = min(first, started), max(last, ended)
            around = around.rpartition(".")[0]
    return found


def _kind(frame: Frame, found: Mapping[str, StepRecord]) -> Kind:
    """What the composite of `frame` is called; it was visited before its members."""
    return found[frame.path].kind if frame.path in found else Kind.PIPELINE
