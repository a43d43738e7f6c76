"""The head of a report: how the run ended, what it was, when, and its totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from runnable.report.html import NOTHING, Html, join, tag
from runnable.report.model import Model
from runnable.report.usage import origin, totals
from runnable.report.wording import MARKS, STATUSES, counted, duration
from runnable_runtime.records.records import RunRecord, Status


def head(model: Model, critical: frozenset[int]) -> Html:
    """The heading, what is known of the run, its totals, and a bar of its tasks by status."""
    record = model.record
    badge = tag(
        "span", tag("i", MARKS[record.status], class_="mark"), str(record.status), class_=f"badge {record.status}"
    )
    title = tag("h1", badge, record.pipeline)
    parts = [title, tag("dl", *_about(record), class_="about")]
    if record.message:
        parts.append(tag("p", record.message, class_="why"))
    if record.damage:
        damaged = ", ".join(record.damage)
        parts.append(tag("p", f"The record is damaged; this is what is whole in it: {damaged}", class_="why"))
    parts += [tag("dl", *_totals(model, critical), class_="facts"), _by_status(model)]
    return tag("header", *parts)


def moment(time: str) -> Html:
    """A recorded time, in UTC; the script adds the reader's own time."""
    utc = datetime.fromisoformat(time).astimezone(UTC)
    return tag("time", f"{utc:%Y-%m-%d %H:%M:%S} UTC", datetime=f"{utc:%Y-%m-%dT%H:%M:%SZ}")


def _about(record: RunRecord) -> Iterator[Html]:
    yield from _said("run", tag("code", record.run_id))
    yield from _said("started", moment(record.started))
    if record.resumed:
        yield from _said("resumed", moment(record.resumed))
    if record.ended:
        yield from _said("ended", moment(record.ended))
    for name, value in (
        ("pipeline's file", record.source),
        ("tag", record.tag),
        ("configuration", record.configuration),
        ("pods of", record.workflow),
    ):
        if value:
            yield from _said(name, value)
    for name, value in origin(record.origin):
        yield from _said(name, value)
    for one in record.earlier:
        yield from _said("earlier session", f"{one.status}: {one.message}")


def _said(name: str, value: str) -> tuple[Html, ...]:
    return (tag("div", tag("dt", name), tag("dd", value)),)


def _totals(model: Model, critical: frozenset[int]) -> Iterator[Html]:
    tasks = [step for step in model.tasks if not step.reused]
    counts = Counter(step.status for step in model.tasks)
    work = sum(step.took or 0.0 for step in tasks)
    again = sum(max(0, step.attempts - 1) for step in tasks)
    reused = len(model.tasks) - len(tasks)
    took = duration(model.end) if model.record.ended else f"{duration(model.end)} so far"
    yield from _said("took", took)
    yield from _said("tasks", f"{len(model.tasks):,}")
    for status, name in ((Status.SUCCEEDED, "succeeded"), (Status.FAILED, "failed"), (Status.SKIPPED, "skipped")):
        if counts[status]:
            yield from _said(name, f"{counts[status]:,}")
    if reused:
        yield from _said("from the cache", f"{reused:,}")
    if again:
        yield from _said("further attempts", f"{again:,}")
    if len(tasks) > 1:
        yield from _said("work of all tasks", duration(work))
        path = [step for step in tasks if step.index in critical]
        yield from _said("critical path", counted(len(path), "task"))
    for name, value in totals(model.record):
        yield from _said(name, value)


def _by_status(model: Model) -> Html:
    counts = Counter(step.status for step in model.tasks)
    if not model.tasks:
        return NOTHING
    bars, at = [], 0.0
    for status in STATUSES:
        if counts[status]:
            width = counts[status] / len(model.tasks) * 1000
            bars.append(tag("rect", class_=str(status), x=round(at, 1), width=round(max(width - 2, 1), 1), height=8))
            at += width
    told = ", ".join(f"{counts[status]:,} {status}" for status in STATUSES if counts[status])
    bar = tag(
        "svg",
        *bars,
        viewBox="0 0 1000 8",
        preserveAspectRatio="none",
        class_="share",
        role="img",
        aria_label=f"Tasks: {told}",
    )
    return join((bar,))
