"""The steps as a table with bars over time, and how many ran at once: what is read without scripts, and printed."""

from __future__ import annotations

from collections.abc import Iterable

from runnable.report.html import NOTHING, Html, join, tag
from runnable.report.model import Model, Step
from runnable.report.wording import MARKS, counted, duration, value_text
from runnable_runtime.records.records import Status

_MOST_ROWS = 150
_LONGEST_RETURNED = 90
_DEEPEST = 8
_POINTS = 250
_HEIGHT = 40
_UNUSUAL = (Status.FAILED, Status.INTERRUPTED, Status.RUNNING)


def timeline(model: Model, critical: frozenset[int], *, values: bool) -> Html:
    """The table of the steps; of many, the outermost, those that failed, the critical and the longest ones."""
    shown = _chosen(model, critical)
    left = len(model.steps) - len(shown)
    note = f"{len(shown)} of {counted(len(model.steps), 'step')}: outermost, failed, critical and longest ones."
    names = ["Step", "Status", "Took", "Over time", *(["Returned"] if values else [])]
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    rows = (_row(model, step, step.index in critical, values=values) for step in shown)
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="steps")
    return join((tag("p", note, class_="dim") if left else NOTHING, tag("div", table, class_="wide")))


def _chosen(model: Model, critical: frozenset[int]) -> list[Step]:
    if len(model.steps) <= _MOST_ROWS:
        return model.steps

    def rank(step: Step) -> tuple[bool, bool, bool, float]:
        outer = model.depth(step) <= 1 and not step.name.isdecimal()
        return (step.status not in _UNUSUAL, not outer, step.index not in critical, -(step.took or 0.0))

    return sorted(sorted(model.steps, key=rank)[:_MOST_ROWS], key=lambda step: step.index)


def _row(model: Model, step: Step, critical: bool, *, values: bool) -> Html:
    depth = min(model.depth(step), _DEEPEST)
    kind = tag("small", step.kind) if step.composite else NOTHING
    again = tag("small", f"\N{MULTIPLICATION SIGN}{step.attempts}") if step.attempts > 1 else NOTHING
    deeper = {"class_": f"d{depth}", "title": step.path} if depth else {}
    cells = [
        tag("th", step.name, kind, again, scope="row", **deeper),
        tag("td", *_status(step), class_=f"st {step.status}"),
        tag("td", "" if step.reused else duration(step.took), class_="num"),
        tag("td", _bar(model, step, critical), class_="lane"),
    ]
    if values:
        cells.append(tag("td", _returned(step)))
    return tag("tr", *cells, id=f"s{step.index}")


def status(step: Step) -> Html:
    """The status with its mark."""
    return tag("span", *_status(step), class_=f"st {step.status}")


def _status(step: Step) -> tuple[str, str]:
    word = "cached" if step.reused and step.status is Status.SUCCEEDED else str(step.status)
    return tag("i", MARKS[step.status], class_="mark"), word


def _bar(model: Model, step: Step, critical: bool) -> Html:
    """A bar from the start to the end, in hundredths of the width."""
    if step.start is None:
        return NOTHING
    end = model.end if step.end is None else step.end
    x, width = step.start / model.end * 100, max(0.3, (end - step.start) / model.end * 100)
    classes = f"{step.status}{' group' if step.composite else ''}{' crit' if critical else ''}"
    return tag("svg", tag("rect", class_=classes, x=f"{min(x, 99.7):.1f}%", width=f"{width:.1f}%"))


def _returned(step: Step) -> str:
    if step.status is Status.FAILED and step.record:
        return step.record.message[:_LONGEST_RETURNED]
    outputs = step.record.outputs if step.record else {}
    told = ", ".join(f"{name} = {value_text(value, _LONGEST_RETURNED)}" for name, value in outputs.items())
    return told if len(told) <= _LONGEST_RETURNED else f"{told[:_LONGEST_RETURNED]}…"


def at_once(model: Model) -> Html:
    """A chart of how many tasks were under way, over the time of the run; nothing if none has run."""
    spans = [
        (step.start, model.end if step.end is None else step.end)
        for step in model.tasks
        if step.start is not None and not step.reused
    ]
    if not spans:
        return NOTHING
    heights = _heights(spans, model.end)
    most = max(1, *heights)  # a task may have begun and ended at one moment
    scale = (_HEIGHT - 2) / most
    points = "".join(f"V{_HEIGHT - round(height * scale, 1):g}H{4 * (at + 1)}" for at, height in enumerate(heights))
    chart = tag(
        "svg",
        tag("path", d=f"M0 {_HEIGHT}{points}V{_HEIGHT}z"),
        viewBox=f"0 0 {4 * _POINTS} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"Tasks at once over time, at most {most}",
    )
    caption = tag("figcaption", f"Tasks at once, at most {most}")
    return tag("figure", caption, chart, class_="busy")


def _heights(spans: Iterable[tuple[float, float]], end: float) -> list[int]:
    """The most tasks that ran at once in each of `_POINTS` parts of the time up to `end`."""
    changes = sorted([(start, 1) for start, _ in spans] + [(max(over, start), -1) for start, over in spans])
    heights, running, at = [0] * _POINTS, 0, 0
    for moment, change in changes:
        part = min(_POINTS - 1, max(0, int(moment / end * _POINTS)))
        for passed in range(at + 1, part + 1):
            heights[passed] = max(heights[passed], running)
        running, at = running + change, part
        heights[at] = max(heights[at], running)
    return heights
