"""Markdown of a card or a notebook as HTML: nothing in it is markup but what Markdown makes, and it loads nothing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from runnable.diagnostics.terminal import plain
from runnable.report.html import Html, tag

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_LEFT_OUT = ("image", "html_block", "html_inline", "autolink")
_BELOW = 2
"""By how much headings are lowered: they are below those of the page."""


def markdown(source: str) -> Html:
    """`source` as HTML. HTML in it is text; of pictures there are links, and links lead to web addresses only.

    In an image that has no more than tasks need, it is shown as it is written.
    """
    try:
        reader = _reader()
    except ModuleNotFoundError:
        return tag("pre", plain(source), class_="prose")
    tokens = reader.parse(plain(source))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + _BELOW)}"
    return tag("div", Html(reader.renderer.render(tokens, reader.options, {})), class_="prose")


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable(_LEFT_OUT)
    reader.validateLink = lambda url: url.startswith(("https://", "http://", "mailto:"))  # type: ignore[method-assign]
    return reader
