"""The section of what tasks have made to be looked at: cards, pictures in the catalog, and executed notebooks."""

from __future__ import annotations

from runnable.report.attachments import Attachments
from runnable.report.cards import Cards
from runnable.report.catalog import Picture
from runnable.report.html import NOTHING, Html, join, table, tag
from runnable.report.markdown import markdown
from runnable.report.model import Model, Step
from runnable.report.notebooks import Cell, Notebook
from runnable_runtime.protocol import Json


def gallery(model: Model, attachments: Attachments) -> Html:
    """All cards, pictures and notebooks, each with its step, whose panel shows them too."""
    cards = [_cards(step, one) for one in attachments.cards() if (step := model.find(one.step)) is not None]
    figures = [_figure(step, one) for one in attachments.pictures() if (step := model.find(one.step)) is not None]
    books = [_notebook(step, one) for one in attachments.notebooks() if (step := model.find(one.step)) is not None]
    pictures = tag("div", *figures, class_="pictures") if figures else NOTHING
    found = (*cards, pictures, *books)
    return tag("div", *found, class_="shown") if any(found) else NOTHING


def _cards(step: Step, one: Cards) -> Html:
    heading = tag("h3", tag("a", step.path, href=f"#s{step.index}"))
    return tag("div", heading, *map(_card, one.cards), class_="card", data_step=step.index)


def _card(card: Json) -> Html:
    if card["kind"] == "markdown":
        return markdown(card["text"])
    if card["kind"] == "figure":
        return tag("img", src=f"data:{card['type']};base64,{card['data']}", alt="figure of a card")
    columns, rows = tuple(card["columns"]), card["rows"]
    more = tag("p", f"the first {len(rows):,} rows", class_="dim") if card.get("of", 0) != len(rows) else NOTHING
    return join((table("", columns, map(tuple, rows)), more))


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
        return markdown(cell.source)
    return tag("div", tag("pre", cell.source), *outputs, class_="cell")
