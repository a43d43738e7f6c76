"""The page: the sections of a report in their order, its style and script, and the policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from runnable.report.attachments import Attachments
from runnable.report.comparing import columns_of_other, comparison
from runnable.report.details import chunks, columns, packed, panels
from runnable.report.facts import head
from runnable.report.failures import Unrecorded, failing, failures
from runnable.report.gallery import gallery
from runnable.report.graph import Drawing
from runnable.report.html import NOTHING, Html, join, tag
from runnable.report.model import Model
from runnable.report.order import critical_path
from runnable.report.tables import tables
from runnable.report.timeline import at_once, timeline
from runnable.report.wording import MARKS, counted
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord

_ASSETS = Path(__file__).parent / "assets"
_STYLE = ("page.css", "graph.css", "steps.css")
_LIVE = "live.js"
_SCRIPT = ("data.js", "search.js", "grid.js", "panel.js", "graph.js", "page.js")
_SEARCH = "name  status:failed  kind:shell  took>5s"
_GRAPH_HINT = (
    "Boxes open and close. The critical path, which the end waited for, is marked at the left, and has a second border."
)


_LIVE_FOOT = tag(
    "footer",
    tag("span", "This page follows the run. `runnable report` makes a file of it.", id="live", role="status"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page, by what its link in the navigation says."""

    anchor: str
    title: str
    content: Html
    note: str = ""


@cache
def style() -> str:
    """The style of the page."""
    return "".join((_ASSETS / name).read_text(encoding="utf-8") for name in _STYLE)


@cache
def script(*, live: bool = False) -> str:
    """The script of the page: its parts as the body of one function. A `live` one asks its server for what is new."""
    names = (_LIVE, *_SCRIPT) if live else _SCRIPT
    parts = "".join((_ASSETS / name).read_text(encoding="utf-8") for name in names)
    begun, ended = ("", "watch();\n") if live else ("const live = null;\n", "")
    return f'"use strict";\n(async () => {{\n{begun}{parts}{ended}}})();\n'


def policy(*, live: bool = False) -> str:
    """The content security policy: no script or style but those of the page, known by their hashes, and no request.

    A `live` page asks its own server.
    """
    asks = "connect-src 'self'; " if live else ""
    return (
        f"default-src 'none'; script-src {_hash(script(live=live))}; style-src {_hash(style())}; img-src data:; {asks}"
        "base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What goes into a report: a run, what belongs to it beside its record, and perhaps another one to compare it with.

    Without `values` no value of a parameter is in it. A `live` page, of `runnable ui`, asks its server for the details
    of a step, and for what has changed; it knows what it has by its `version`, and one without has no columns.
    What is `unrecorded` is of a workflow's status alone.
    """

    record: RunRecord
    attachments: Attachments
    other: RunRecord | None = None
    values: bool = True
    live: bool = False
    version: int = 0
    unrecorded: Unrecorded | None = None


def page(content: Content, known: Model | None = None) -> str:
    """The report, as the text of an HTML file; `known` is the model of the record, if there is one already."""
    record, values, attachments = content.record, content.values, content.attachments
    model = known or Model(record)
    other = Model(content.other) if content.other else None
    critical = critical_path(model)
    sections = [one for one in _sections(model, critical, content, other) if one.content]
    back = [tag("a", "\N{LEFTWARDS ARROW} All runs", href="../../")] if content.live else []
    links = (tag("a", one.title, href=f"#{one.anchor}") for one in sections)
    nav = tag("nav", *back, *links, aria_label="Sections")
    foot = _LIVE_FOOT if content.live else _foot(values=values)
    note = tag("p", content.unrecorded.note, class_="why") if content.unrecorded else NOTHING
    main = tag("main", head(model, critical), note, *map(_shown, sections), _left_out(attachments), foot)
    bare = content.live and not content.version
    all_known = {} if bare else all_columns(model, critical, other)
    if content.live:
        all_known["version"] = content.version
    details = [] if content.live else panels(model, attachments, values=values)
    body = tag("body", nav, main, _data(all_known, details, live=content.live))
    return f"<!doctype html>\n{tag('html', _head(record, live=content.live), body, lang='en')}\n"


def all_columns(model: Model, critical: frozenset[int], other: Model | None) -> dict[str, Json]:
    """The columns of the steps, with those of another run if there is one."""
    return columns(model, critical) | ({"other": columns_of_other(model, other)} if other else {})


def _sections(model: Model, critical: frozenset[int], content: Content, other: Model | None) -> list[Section]:
    values, attachments = content.values, content.attachments
    why, mended = failing(model)
    failed = counted(len(why) + len(mended), "failure")
    table = tag("div", timeline(model, critical, values=values), class_="static")
    drawn = gallery(model, attachments) if values else NOTHING
    return [
        Section("failures", failed, failures(model, attachments, values=values, unrecorded=content.unrecorded)),
        Section("changes", "Changes", comparison(model, other, values=values) if other else NOTHING),
        Section("graph", "Graph", _graph(model, critical), _GRAPH_HINT),
        Section("steps", "Steps", join((at_once(model), _grid(compared=other is not None), table))),
        Section("drawn", "Cards, pictures, notebooks", drawn),
        Section("values", "Values and files", tables(model, values=values)),
    ]


def _shown(one: Section) -> Html:
    note = tag("p", one.note, class_="dim") if one.note else NOTHING
    return tag("section", tag("h2", one.title, id=one.anchor), note, one.content, aria_labelledby=one.anchor)


def _head(record: RunRecord, *, live: bool) -> Html:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy(live=live)),
        tag("meta", name="viewport", content="width=device-width,initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{MARKS[record.status]} {record.pipeline} {record.status}: {record.run_id}"),
        tag("style", Html(style())),
    )


def _graph(model: Model, critical: frozenset[int]) -> Html:
    if not model.steps:
        return NOTHING
    tools = tag(
        "div",
        tag("button", "Fit", data_do="fit"),
        tag("button", "+", data_do="in", aria_label="Zoom in"),
        tag("button", "\N{MINUS SIGN}", data_do="out", aria_label="Zoom out"),
        tag("button", "Open all", data_do="open"),
        tag("button", "Close all", data_do="close"),
        class_="tools js",
    )
    drawn = tag("div", Drawing(model, critical).whole(), class_="drawn")
    return join((tools, tag("div", drawn, class_="graph", tabindex="0", role="region", aria_label="The pipeline")))


def _grid(*, compared: bool) -> Html:
    """What the script fills: the search, the rows and the panel."""
    orders = [("", "in order"), ("took", "longest first"), ("start", "by start")]
    orders += [("slower", "most slowed down first")] if compared else []
    tools = (
        tag("input", type="search", id="find", aria_label="Search steps", placeholder=_SEARCH),
        tag("select", *(tag("option", name, value=value) for value, name in orders), id="by", aria_label="Order"),
        tag("button", "Failed", data_only="failed", aria_pressed="false"),
        tag("button", "Critical path", data_only="critical", aria_pressed="false"),
        tag("button", "Whole run", data_do="whole"),
        tag("span", id="found", class_="dim", role="status"),
    )
    grid = tag("div", id="grid", role="treegrid", aria_label="Steps", tabindex="0")
    panes = tag("div", grid, tag("aside", id="panel", aria_label="Details of a step", tabindex="-1"), class_="panes")
    return tag("div", tag("div", *tools, class_="tools"), panes, class_="js")


def _data(known: dict[str, Json], details: list[Json], *, live: bool) -> Html:
    """The script, and what it knows: data that no browser runs."""
    texts: dict[str, Json] = {"columns": known} | {f"panels{at}": part for at, part in enumerate(chunks(details))}
    data = (tag("script", packed(value, quick=live), type="text/plain", id=name) for name, value in texts.items())
    return join((*data, tag("script", Html(script(live=live)))))


def _left_out(attachments: Attachments) -> Html:
    found = attachments.left_out
    if not found:
        return NOTHING
    listed = ", ".join(found[:20]) + (f" and {len(found) - 20:,} more" if len(found) > 20 else "")
    return tag("p", f"Left out, to stay within the size of this file (--max-size): {listed}", class_="why")


def _foot(*, values: bool) -> Html:
    cut = "Long values and logs are cut." if values else "Made without values of parameters (--no-values)."
    return tag("footer", f"Made by runnable from the run's record. {cut} This file loads nothing from elsewhere.")
