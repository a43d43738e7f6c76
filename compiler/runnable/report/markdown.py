"""Markdown of a card or a notebook as HTML: nothing in it is markup but what Markdown makes, and it loads nothing."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt

from runnable.diagnostics.terminal import plain
from runnable.report.html import Html, tag

_LEFT_OUT = ("image", "html_block", "html_inline", "autolink")
_BELOW = 2
"""By how much headings are lowered: they are below those of the page."""


def markdown(source: str) -> Html:
    """`source` as HTML. HTML in it is text; of pictures there are links, and links lead to web addresses only."""
    reader = _reader()
    tokens = reader.parse(plain(source))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + _BELOW)}"
    return tag("div", Html(reader.renderer.render(tokens, reader.options, {})), class_="prose")


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable(_LEFT_OUT)
    reader.validateLink = lambda url: url.startswith(("https://", "http://", "mailto:"))  # type: ignore[method-assign]
    return reader
