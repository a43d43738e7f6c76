"""The section of what tasks have drawn: pictures in the catalog, and executed notebooks."""

from __future__ import annotations

from collections.abc import Iterable

from runnable.report.catalog import Picture
from runnable.report.html import NOTHING, Html, join, tag
from runnable.report.model import Model, Step
from runnable.report.notebooks import Cell, Notebook


def gallery(model: Model, drawn: Iterable[Picture], notebooks: Iterable[Notebook]) -> Html:
    """All pictures and notebooks, each with its step, whose panel shows them too."""
    figures = [_figure(step, one) for one in drawn if (step := model.find(one.step)) is not None]
    books = [_notebook(step, one) for one in notebooks if (step := model.find(one.step)) is not None]
    if not figures and not books:
        return NOTHING
    return join(
        (tag("div", *figures, class_="pictures shown") if figures else NOTHING, tag("div", *books, class_="shown"))
    )


def _figure(step: Step, one: Picture) -> Html:
    image = tag("img", src=one.address, alt=f"{one.name} of {step.path}") if one.address else NOTHING
    missing = f" ({one.missing})" if one.missing else ""
    caption = tag("figcaption", tag("a", step.path, href=f"#s{step.index}"), f": {one.name}{missing}")
    return tag("figure", image, caption, data_step=step.index)


def _notebook(step: Step, one: Notebook) -> Html:
    about = f"Notebook of {step.path}" + (f", attempt {one.attempt}" if one.attempt > 1 else "")
    cells = (_cell(cell, number) for number, cell in enumerate(one.cells))
    note = tag("p", one.missing, class_="dim") if one.missing else NOTHING
    return tag("details", tag("summary", about), note, *cells, class_="book", data_step=step.index)


def _cell(cell: Cell, number: int) -> Html:
    outputs = [tag("pre", text, class_="made") for text in cell.texts]
    outputs += [tag("pre", text, class_="message") for text in cell.errors]
    outputs += [
        tag("img", src=address, alt=f"picture {at + 1} of cell {number + 1}")
        for at, address in enumerate(cell.pictures)
    ]
    if cell.kind == "markdown":
        return tag("div", cell.source, class_="prose")
    return tag("div", tag("pre", cell.source), *outputs, class_="cell")
