"""What differs between a run and another one: its status, parameters, code, steps, metrics and times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runnable.differences.changes import changes
from runnable.differences.text import words
from runnable.report.html import Html, join, table, tag
from runnable.report.model import Model, Step
from runnable.report.tables import gathered, link
from runnable.report.timeline import status
from runnable.report.wording import STATUSES, counted, duration, value_text
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord

_MOST = 60
_SLOWER = 12
_STEPS = 10
_WORTH_SAYING = 0.05
"""The share of the earlier time by which a task is slower or faster."""
_WORTH_MILLISECONDS = 50


def comparison(model: Model, other: Model, *, values: bool) -> Html:
    """Tables of what differs, each only if something does."""
    now, then = model.record, other.record
    gone = [step for step in other.steps if model.find(step.path) is None]
    new = [step for step in model.steps if other.find(step.path) is None]
    told = f"{now.run_id} took {duration(model.end)} and {now.status}; {then.run_id} took {duration(other.end)} and "
    parts = [tag("p", f"{told}{then.status}.")]
    if values:
        parts.append(table("Parameters", ("name", "before", "now"), _parameters(now, then)))
    parts.append(table("Changed", ("kind", "what", "steps"), _changed(now, then, values=values)))
    parts.append(table("Ended otherwise", ("step", "before", "now"), _statuses(model, other)))
    if values:
        parts.append(table("Metrics", ("step", "metric", "before", "now"), _metrics(model, other), numeric=(2, 3)))
    times = list(_times(model, other))
    parts.append(table("Slower and faster", ("step", "before", "now", "change"), times, numeric=(1, 2, 3)))
    for title, steps in (("new", new), ("no longer there", gone)):
        if steps:
            listed = ", ".join(step.path for step in steps[:20])
            more = f" and {len(steps) - 20:,} more" if len(steps) > 20 else ""
            parts.append(tag("p", f"{counted(len(steps), 'step')} {title}: {listed}{more}"))
    return join(parts if len([one for one in parts if one]) > 1 else [*parts, tag("p", "Nothing else differs.")])


def columns_of_other(model: Model, other: Model) -> dict[str, Json]:
    """The columns that the script needs of the other run, by the steps of this one."""
    found = [other.find(step.path) for step in model.steps]
    return {
        "run": other.record.run_id,
        "took": [None if one is None or one.took is None else round(one.took, 1) for one in found],
        "start": [one and one.start for one in found],
        "status": [-1 if one is None else STATUSES.index(one.status) for one in found],
    }


def _pairs(model: Model, other: Model) -> Iterator[tuple[Step, Step]]:
    for step in model.steps:
        if (before := other.find(step.path)) is not None:
            yield before, step


def _parameters(now: RunRecord, then: RunRecord) -> Iterator[tuple[str, ...]]:
    missing = tag("small", "not given")
    for name in dict.fromkeys((*then.parameters, *now.parameters)):
        shown = [
            tag("code", value_text(one.parameters[name], 300)) if name in one.parameters else missing
            for one in (then, now)
        ]
        if shown[0] != shown[1]:
            yield name, *shown


def _changed(now: RunRecord, then: RunRecord, *, values: bool) -> Iterator[tuple[str, ...]]:
    """What was changed beside parameters: code, files, packages, images, what was around the runs, steps."""
    found = [one for one in changes(then, now) if one.kind != "parameter"]
    for one in found[:_MOST]:
        shown = one if values else replace(one, before="", now="")
        yield one.kind, words(shown), ", ".join(one.steps[:_STEPS])
    if len(found) > _MOST:
        yield "", f"and {len(found) - _MOST:,} more, in `runnable diff {now.run_id} {then.run_id}`", ""


def _statuses(model: Model, other: Model) -> Iterator[tuple[str, ...]]:
    found = [(before, step) for before, step in _pairs(model, other) if before.status is not step.status]
    for before, step in found[:_MOST]:
        yield link(step), status(before), status(step)


def _metrics(model: Model, other: Model) -> Iterator[tuple[str, ...]]:
    before = {_key(*row): row[2] for row in gathered(other)}
    rows = [(row, before.get(_key(*row), "")) for row in gathered(model)]
    for (step, name, now, count), then in [one for one in rows if one[0][2] != one[1]][:_MOST]:
        yield link(step) if count == 1 else step.general, name, tag("code", then), tag("code", now)


def _key(step: Step, name: str, shown: str, count: int) -> tuple[str, str, bool]:
    return step.path if count == 1 else step.general, name, count == 1


def _times(model: Model, other: Model) -> Iterator[tuple[str, ...]]:
    found = []
    for before, step in _pairs(model, other):
        if step.composite or step.took is None or before.took is None or step.reused or before.reused:
            continue
        by = step.took - before.took
        if abs(by) > max(_WORTH_MILLISECONDS, before.took * _WORTH_SAYING):
            found.append((by, before, step))
    for by, before, step in sorted(found, key=lambda one: (-abs(one[0]), one[2].index))[:_SLOWER]:
        sign = "slower" if by > 0 else "faster"
        yield link(step), duration(before.took), duration(step.took), f"{duration(abs(by))} {sign}"
