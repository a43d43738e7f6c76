"""The pipeline as nested boxes: composites open and close, edges between boxes are SVG, wide fan-outs are strips.

No box has a position of its own: a layer is a row of equally wide columns, so that an edge is a line between hundredths
of the width. So it stays right when a box is opened, without any script.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from runnable.passes.analysis.layers import Layering, Link, Slot, layered
from runnable.report.html import NOTHING, Html, join, tag
from runnable.report.model import ROOT, Model, Step
from runnable.report.order import edges, side_by_side
from runnable.report.strip import strip
from runnable.report.wording import MARKS, counted, duration, members
from runnable_runtime.records.records import Status

_MOST_MEMBERS = 12
"""Members of a fan-out that are drawn one by one; of more, those that are worth a look, below a strip of all."""
_WORTH_A_LOOK = (Status.FAILED, Status.INTERRUPTED, Status.RUNNING)
_SHOWN = 4
_MOST_BOXES = 300
"""Boxes in the file; the script draws what is in the others when they are opened."""
_OPEN_DEPTH = 3


class Drawing:
    """Draws the graph of a run; counts boxes, so that a large run makes no large page."""

    def __init__(self, model: Model, critical: frozenset[int]) -> None:
        self._model = model
        self._critical = critical
        self._left = _MOST_BOXES

    def whole(self) -> Html:
        """The whole pipeline."""
        return self._inside(ROOT, 0)

    def _inside(self, number: int, depth: int) -> Html:
        inside = self._model.children(number)
        if not side_by_side(self._model, number):
            shown = inside[: max(1, self._left)]
            return join((self._flow(number, shown, depth), self._more(len(inside) - len(shown))))
        if len(inside) <= _MOST_MEMBERS:
            return self._row(inside, depth)
        shown = [step for step in inside if step.status in _WORTH_A_LOOK][:_SHOWN]
        return join((strip(inside), self._row(shown, depth) if shown else NOTHING))

    def _row(self, steps: list[Step], depth: int) -> Html:
        shown = steps[: max(1, self._left)]
        boxes = [self._box(step, depth) for step in shown]
        return join((tag("div", *boxes, class_="row"), self._more(len(steps) - len(shown))))

    def _more(self, left: int) -> Html:
        return tag("p", f"{counted(left, 'more step')} in the table below", class_="dim") if left > 0 else NOTHING

    def _flow(self, number: int, steps: list[Step], depth: int) -> Html:
        shown = {step.index for step in steps}
        known = [
            (edge.source, edge.target, edge.failing)
            for edge in edges(self._model, number)
            if edge.source in shown and edge.target in shown
        ]
        layering = layered([step.index for step in steps], known)
        parts: list[Html] = []
        for at, layer in enumerate(layering.layers):
            slots = (self._slot(slot, layering, at, place, depth) for place, slot in enumerate(layer))
            parts.append(tag("div", *slots, class_="layer"))
            if at < len(layering.links):
                parts.append(_band(layering.links[at], len(layer), len(layering.layers[at + 1])))
        far = len(layering.far)
        note = tag("p", f"{counted(far, 'edge')} across many layers: not drawn", class_="dim") if far else NOTHING
        return join((tag("div", *parts, class_="flow"), note))

    def _slot(self, slot: Slot, layering: Layering, at: int, place: int, depth: int) -> Html:
        failing = " bad" if slot.failing else ""
        if slot.towards is not None:
            return tag("div", class_=f"slot pass{failing}")
        reached = [link for link in layering.links[at - 1] if link[1] == place] if at else []
        leaves = at < len(layering.links) and any(link[0] == place for link in layering.links[at])
        handles = any(link[2] for link in reached)
        classes = f"slot{' in' if reached else ''}{' out' if leaves else ''}{' bad' if handles else ''}"
        note = tag("span", "on failure", class_="onfail") if handles else NOTHING
        return tag("div", note, self._box(self._model.steps[slot.node], depth), class_=classes)

    def _box(self, step: Step, depth: int) -> Html:
        self._left -= 1
        critical = " crit" if step.index in self._critical else ""
        inside = self._model.children(step.index)
        if not inside:
            return _leaf(step, critical)
        opened = depth < _OPEN_DEPTH and step.status is not Status.SKIPPED and self._left > 0
        if step.name.isdecimal() and step.status is Status.SUCCEEDED:
            opened = False
        drawn = self._inside(step.index, depth + 1) if self._left > 0 else NOTHING
        counts = Counter(one.status for one in inside)
        told = members(step.kind, len(inside))
        told += f", {counts[Status.FAILED]} failed" if counts[Status.FAILED] else ""
        summary = tag("summary", _name(step), tag("small", f"{step.kind}, {told}"), tag("small", duration(step.took)))
        return tag(
            "details", summary, drawn, class_=f"box {step.status}{critical}", open=opened, data_i=str(step.index)
        )


def _leaf(step: Step, critical: str) -> Html:
    again = f"\N{MULTIPLICATION SIGN}{step.attempts}" if step.attempts > 1 else ""
    told = " ".join(filter(None, ("cached" if step.reused else duration(step.took), again)))
    title = f"{step.kind}, {step.status}"
    return tag(
        "a",
        _name(step),
        tag("small", told or str(step.status)),
        class_=f"box {step.status}{critical}",
        href=f"#s{step.index}",
        title=title,
    )


def _name(step: Step) -> Html:
    return tag("b", tag("i", MARKS[step.status], class_="mark"), step.name)


def _band(links: tuple[Link, ...], above: int, below: int) -> Html:
    """The edges between two layers: the middle of column n of m is at (n + 1/2) / m of the width."""
    if above == below == 1:
        return tag("div", class_="line bad" if links and links[0][2] else "line") if links else NOTHING
    paths = {failing: "".join(_curves(links, above, below, failing)) for failing in (False, True)}
    drawn = (tag("path", d=d, class_="bad" if failing else None) for failing, d in paths.items() if d)
    return tag("svg", *drawn, class_="band", viewBox="0 0 1000 20", preserveAspectRatio="none", aria_hidden="true")


def _curves(links: tuple[Link, ...], above: int, below: int, failing: bool) -> Iterator[str]:
    for source, target, fails in links:
        if fails is failing:
            x, y = round((source + 0.5) / above * 1000), round((target + 0.5) / below * 1000)
            yield f"M{x} 0C{x} 12 {y} 8 {y} 20"
