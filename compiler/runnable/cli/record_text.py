"""Recorded runs and steps as text for people."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from runnable.cli.folding import Folded, folded
from runnable.cli.usage_text import attempt_lines, origin_lines, totals
from runnable.execution.progress.text import STATUS_WIDTH, duration, indented, shown_folder, shown_status
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import AttemptRecord, RunRecord, Session, StepRecord
from runnable_runtime.records.times import seconds_between
from runnable_runtime.values.reference import Reference

_INDENT = "  "
_LONGEST_VALUE = 80


def run_text(
    record: RunRecord, status: str, note: str = "", *, steps: Sequence[StepRecord | Folded] | None = None
) -> str:
    """The run, and its steps, or those that are given, as a tree; `note` is said of its status."""
    tag = f", tag {record.tag}" if record.tag else ""
    lines = [
        f"run {record.run_id}: {record.pipeline}{tag}",
        f"{status}, {_when(record.started, record.ended, record.seconds)}",
    ]
    lines += map(_session, record.earlier)
    if record.message:
        lines.append(record.message)
    if record.workflow:
        lines.append(f"written by the pods of {record.pods_of}")
    if note:
        lines.append(note)
    lines += origin_lines(record.origin)
    if record.configuration:
        lines.append(f"configuration: {record.configuration}")
    if record.parameters:
        lines.append(f"parameters: {_values(record.parameters)}")
    lines += totals(record)
    lines += ["", *_tree(record, list(record.steps.values()) if steps is None else steps)]
    lines += _damage(record)
    if record.folder:
        lines += ["", f"the record is in {shown_folder(record.folder)}"]
    return printable("\n".join(lines))


def _session(one: Session) -> str:
    if one.ended == one.started:  # of pods, which do not know when and how their workflow ended
        return f"an earlier session: {one.message}"
    return f"a session of {duration(seconds_between(one.started, one.ended))} {one.status}: {one.message}"


def step_text(record: RunRecord, step: StepRecord) -> str:
    """One step: its attempts with all that is recorded of them, or its members."""
    took = _took(record, step)
    times = f", started {local_time(step.started)}" if step.started else ""
    times += f", took {took}" if took else ""
    lines = [f"{step.path} ({step.kind}) of the run {record.run_id}", f"{shown_status(step)}{times}"]
    if step.message:
        lines.append(step.message)
    if step.changes:
        lines.append(_changed(step))
    for attempt in step.attempts:
        lines += ["", *_attempt(attempt)]
    members = [other for other in record.steps.values() if other.path.startswith(f"{step.path}.")]
    if members:
        lines += ["", *_tree(record, folded(members))]
    lines += _damage(record)
    return printable("\n".join(lines))


def _damage(record: RunRecord) -> list[str]:
    if not record.damage:
        return []
    return ["", "the record is damaged: what is said here is what is whole (runnable fsck)", *record.damage]


def local_time(time: str) -> str:
    """A recorded time in this machine's zone, to the second."""
    try:
        return f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return time


def printable(text: str) -> str:
    """`text` with what could steer a terminal written out: a record may be of another's making."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def _tree(record: RunRecord, steps: Sequence[StepRecord | Folded]) -> Iterator[str]:
    """A line for each step, what it returned or why it failed below it; one for all that are folded."""
    outermost = min(step.path.count(".") for step in steps) if steps else 0
    names = [_name(step.path, outermost) for step in steps]
    width = min(max(map(len, names)), 60) if names else 0
    shown = {step.path for step in steps if isinstance(step, StepRecord)}
    for step, name in zip(steps, names, strict=True):
        if isinstance(step, Folded):
            yield f"{'':<{STATUS_WIDTH}}{_INDENT}{_name(f'{step.path}.', outermost)}{step.text}"
            continue
        for around in _around(step.path, outermost):  # composites on Argo have no records
            if around not in shown:
                shown.add(around)
                yield f"{'':<{STATUS_WIDTH}}{_INDENT}{_name(around, outermost)}"
        took = _took(record, step)
        attempts = f"{len(step.attempts)} attempts" if len(step.attempts) > 1 else ""
        line = _INDENT.join(filter(None, [f"{shown_status(step):<{STATUS_WIDTH}}", f"{name:<{width}}", took, attempts]))
        yield line.rstrip()
        margin = " " * (STATUS_WIDTH + len(_INDENT) + len(name) - len(name.lstrip()) + len(_INDENT))
        if step.message:
            yield indented(step.message, margin)
        if step.changes:
            yield f"{margin}{_changed(step)}"
        metrics = set(step.attempts[-1].metrics) if step.attempts else set()
        for title, wanted in (("returned", False), ("metrics", True)):
            if values := {name: value for name, value in step.outputs.items() if (name in metrics) is wanted}:
                yield f"{margin}{title} {_values(values)}"


def _name(path: str, outermost: int) -> str:
    """The last part of a path, as far to the right as it is deep."""
    return _INDENT * (path.count(".") - outermost) + path.rpartition(".")[2]


def _around(path: str, outermost: int) -> Iterator[str]:
    """The paths of what a step is in, from outside, but for what is above all that is shown."""
    parts = path.split(".")
    for length in range(outermost + 1, len(parts)):
        yield ".".join(parts[:length])


def _changed(step: StepRecord) -> str:
    return f"changed since: {', '.join(step.changes)}"


def _took(record: RunRecord, step: StepRecord) -> str:
    """How long the step's attempts took; of a composite, how long the run was under way while it was."""
    if step.attempts and step.attempts[-1].reused:
        return ""
    if step.attempts:
        return duration(sum(seconds_between(attempt.started, attempt.ended) for attempt in step.attempts))
    if not step.started or not step.ended:
        return ""
    active = _active_seconds(record, step.started, step.ended)
    return "" if active is None else duration(active)


def _active_seconds(record: RunRecord, started: str, ended: str) -> float | None:
    """For how many of the seconds between two times the run was under way; None if it is not known of a session."""
    sessions = [(one.started, one.ended) for one in record.earlier]
    if any(begun == over for begun, over in sessions):  # of pods
        return None
    sessions.append((record.resumed or record.started, record.ended or ended))
    spans = ((max(begun, started), min(over, ended)) for begun, over in sessions)
    return sum(seconds_between(begun, over) for begun, over in spans if begun < over)


def _attempt(attempt: AttemptRecord) -> Iterator[str]:
    seconds = seconds_between(attempt.started, attempt.ended)
    yield f"attempt {attempt.number}: {attempt.status}, {_when(attempt.started, attempt.ended, seconds)}"
    if attempt.message:
        yield indented(attempt.message, _INDENT)
    for title, values in (("took", attempt.inputs), ("returned", attempt.outputs)):
        for name, value in values.items():
            metric = " (metric)" if title == "returned" and name in attempt.metrics else ""
            yield f"{_INDENT}{title} {name}{metric} = {_json(value)}"
    for line in attempt_lines(attempt):
        yield f"{_INDENT}{line}"
    if attempt.reused:
        yield f"{_INDENT}reused: {attempt.reused}"
    for title, file in (("log", attempt.log), ("notebook", attempt.notebook)):
        if file:
            yield f"{_INDENT}{title}: {file}"


def _when(started: str, ended: str | None, seconds: float) -> str:
    since = f"started {local_time(started)}"
    return f"{since}, took {duration(seconds)}" if ended else since


def _values(values: Mapping[str, Json]) -> str:
    """Names and values on one line, each cut to what a reader wants at a glance."""
    most = max(_LONGEST_VALUE, shutil.get_terminal_size().columns - 40)
    return _cut(", ".join(f"{name} = {_cut(_json(value), _LONGEST_VALUE)}" for name, value in values.items()), most)


def _json(value: Json) -> str:
    if isinstance(value, Reference):
        return repr(value)
    return json.dumps(value, ensure_ascii=False, default=repr)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
