"""Writing HTML in which whatever a record holds is text: only `tag` makes markup, and only of `Html` it takes some."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from runnable.diagnostics.terminal import plain


class Html(str):
    """Text that is HTML already. Everything else is escaped before it becomes a part of it."""

    __slots__ = ()


NOTHING = Html("")
_VOID = frozenset({"br", "img", "input", "meta"})
_DRAWN = frozenset({"rect", "path"})
"""Elements of SVG, which HTML takes without a closing tag if they end with a slash."""


def text(value: str) -> Html:
    """`value` as text of a page or value of an attribute; what could steer a terminal or turn a line is written out."""
    return Html(escape(plain(value), quote=True))


def join(parts: Iterable[str]) -> Html:
    """The parts, one after the other; those that are no `Html` are text."""
    return Html("".join(part if isinstance(part, Html) else text(part) for part in parts))


def tag(name: str, /, *content: str, **attributes: str | float | bool | None) -> Html:
    """An element. A name of an attribute ends with `_` where it is a word of Python, and has `_` for `-`.

    An attribute that is True has no value; one that is None or False is left out.
    """
    written = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        written.append(key if value is True else f'{key}="{text(str(value))}"')
    if name in _DRAWN:
        return Html(f"<{' '.join(written)}/>")
    opened = f"<{' '.join(written)}>"
    return Html(opened if name in _VOID else f"{opened}{join(content)}</{name}>")


def table(title: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, numeric: tuple[int, ...] = ()) -> Html:
    """A table with a caption, whose first column names its rows; nothing if there are no rows."""
    body = [tag("tr", *(_cell(cell, at, at in numeric) for at, cell in enumerate(row))) for row in rows]
    if not body:
        return NOTHING
    heading = tag(
        "tr", *(tag("th", name, scope="col", class_="num" if at in numeric else None) for at, name in enumerate(head))
    )
    caption = tag("caption", title) if title else NOTHING
    inner = tag("table", caption, tag("thead", heading), tag("tbody", *body))
    return tag("div", inner, class_="wide")


def _cell(cell: str, at: int, numeric: bool) -> Html:
    if at == 0:
        return tag("th", cell, scope="row")
    return tag("td", cell, class_="num" if numeric else None)
