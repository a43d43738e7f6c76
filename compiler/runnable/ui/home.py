"""The first page: the runs of the project as a list to search, order and compare."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from runnable.report import page as report_page
from runnable.report.html import Html, tag
from runnable.ui.listing import Listing

_ASSETS = Path(__file__).parent / "assets"
_COLUMNS = (("run", "Run"), ("status", "Status"), ("pipeline", "Pipeline"), ("started", "Started"), ("took", "Took"))


@cache
def style() -> str:
    """The style of the page: that of reports, and what the list has of its own."""
    return report_page.style() + (_ASSETS / "runs.css").read_text(encoding="utf-8")


@cache
def script() -> str:
    """The script of the page."""
    return (_ASSETS / "runs.js").read_text(encoding="utf-8")


def policy() -> str:
    """The content security policy: this script, this style, and requests to this server only."""
    return (
        f"default-src 'none'; script-src {_hash(script())}; style-src {_hash(style())}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def page(store: str, listing: Listing) -> str:
    """The page; reading the runs begins, so that its script finds the first of them."""
    listing.rows(0)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width,initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", "Runs"),
        tag("style", Html(style())),
    )
    header = tag("header", tag("h1", "Runs"), tag("p", "Records in ", tag("code", store), class_="dim"))
    tools = tag(
        "div",
        tag("input", type="search", id="find", aria_label="Search runs", placeholder="name  status:failed  took>5m"),
        tag("span", id="statuses", role="group", aria_label="Statuses"),
        tag("button", "Compare", id="compare", disabled=True, title="Choose two runs"),
        tag("span", id="found", class_="dim", role="status"),
        class_="tools",
    )
    buttons = (
        tag("th", tag("button", title, data_by=name), scope="col", class_="num" if name == "took" else None)
        for name, title in _COLUMNS
    )
    heads = tag("tr", tag("th", tag("span", "Compare", class_="hidden"), scope="col"), *buttons, *_last_heads())
    table = tag("table", tag("thead", heads), tag("tbody", id="rows"), class_="runs")
    parts = (tag("div", table, class_="wide"), tag("button", "Show more", id="more", hidden=True))
    note = tag("noscript", "The list needs scripts; `runnable runs` prints it, and `runnable report` makes a file.")
    section = tag("section", tools, *parts, note, aria_label="The runs")
    body = tag("body", tag("main", header, section), tag("script", Html(script())), class_="on")
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _last_heads() -> tuple[Html, ...]:
    return tag("th", tag("button", "Tag", data_by="tag"), scope="col"), tag("th", "Message", scope="col")
