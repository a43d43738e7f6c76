"""Writing the picture: boxes, edges and texts as SVG, whose colours follow the reader's light or dark mode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from runnable.diagnostics.terminal import plain
from runnable.ir.nodes import Program
from runnable.passes.analysis.layers import Layering
from runnable.targets.svg.boxes import FAILS, Box, described, name_of, note_of, shown
from runnable.targets.svg.boxes import width as text_width
from runnable.targets.svg.layout import DROP, NOTE, PAD, height, spine

_EDGE = 24.0
_STYLE = """
svg{--page:#fff;--card:#fff;--soft:#f6f8fa;--ink:#1c2128;--dim:#59636e;--line:#c3cad2;--edge:#6e7781;--bad:#b93815;\
--python:#0a58b8;--shell:#8a5a00;--notebook:#b5480f;--container:#1a7f37;--reduce:#6639ba;--map:#6639ba;--loop:#a0006d;\
--conditional:#8a5a00}
@media(prefers-color-scheme:dark){svg{--page:#0d1117;--card:#151b23;--soft:#1a212a;--ink:#e6edf3;--dim:#9da7b3;\
--line:#3d4753;--edge:#9198a1;--bad:#ff8f6b;--python:#79b8ff;--shell:#e6b54a;--notebook:#ffa657;--container:#5ad16f;\
--reduce:#d2a8ff;--map:#d2a8ff;--loop:#ff7bd5;--conditional:#e6b54a}}
text{font:13px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:var(--ink)}
.n{font-weight:600}.d{font-size:10.5px;fill:var(--dim)}.m{text-anchor:middle}.l{text-anchor:end}.f{fill:var(--bad)}
.page{fill:var(--page)}.task{fill:var(--card);stroke:var(--line);stroke-width:1.3}
.group{fill:var(--soft);stroke:var(--line);stroke-width:1.3}.branch{stroke-dasharray:2 3}.stub{stroke-dasharray:5 4}
.shade{fill:var(--soft);stroke:var(--line)}.fails{stroke:var(--bad);stroke-width:2}
.e{fill:none;stroke:var(--edge);stroke-width:1.5}.x{fill:none;stroke:var(--bad);stroke-width:1.8;stroke-dasharray:6 4}
.he{fill:var(--edge)}.hx{fill:var(--bad)}
"""
_MARKED = ("python", "shell", "notebook", "container", "reduce", "map", "loop", "conditional")


def drawn(whole: Box, program: Program) -> str:
    """The picture of boxes that have their places, as the text of an SVG file."""
    name, about = shown(program.name, 70), shown(program.description, 110)
    top = _EDGE + 26.0 + (18.0 if about else 0.0)
    texts = max(text_width(name, 17.0) * 1.1, text_width(about, NOTE))
    broad = max(whole.width, texts) + 2 * _EDGE
    tall = top + whole.height + _EDGE
    marks = "".join(f".k-{kind}{{fill:var(--{kind})}}" for kind in _MARKED)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(broad)}" height="{_n(tall)}" '
        f'viewBox="0 0 {_n(broad)} {_n(tall)}" role="img" aria-labelledby="t d">',
        f'<title id="t">The pipeline {_text(program.name)}</title><desc id="d">{_text(described(whole.inside))}</desc>',
        f"<style>{_STYLE}{marks}</style>",
        *(_head(cls) for cls in ("he", "hx")),
        f'<rect class="page" width="{_n(broad)}" height="{_n(tall)}" rx="10"/>',
        f'<text x="{_n(_EDGE)}" y="{_n(_EDGE + 8)}" style="font-size:17px" class="n">{_text(name)}</text>',
    ]
    if about:
        parts.append(f'<text x="{_n(_EDGE)}" y="{_n(_EDGE + 27)}" class="d">{_text(about)}</text>')
    parts.append(f'<g transform="translate({_n((broad - whole.width) / 2)} {_n(top)})">')
    parts += _inside(whole)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _head(cls: str) -> str:
    """The head of an arrow."""
    return (
        f'<marker id="{cls}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto" '
        f'markerUnits="userSpaceOnUse"><path class="{cls}" d="M0 0 8 4 0 8z"/></marker>'
    )


def _inside(box: Box) -> Iterator[str]:
    if box.layering is not None:
        yield from _edges(box.inside, box.layering)
    for one in box.inside:
        yield from _box(one)


def _box(box: Box) -> Iterator[str]:
    yield f"<g><title>{_text(box.title)}</title>"
    if box.kind == "map":
        yield _rect("shade", box.x + 5, box.y + 5, box)
    kind = "group" if box.inside else "task"
    more = f" {box.kind}" if box.kind in ("branch", "stub") else ""
    yield _rect(f"{kind}{more}{' fails' if box.fails else ''}", box.x, box.y, box)
    if box.kind in _MARKED:  # a stripe in the colour of its kind, which is said in words too
        high = 26.0 if box.inside else box.height - 16
        yield f'<rect class="k-{box.kind}" x="{_n(box.x)}" y="{_n(box.y + 8)}" width="3" height="{_n(high)}"/>'
    if box.inside:
        x, cls = box.x + PAD, ""
    else:
        x, cls = box.x + box.width / 2, " m"
    again = " \N{ANTICLOCKWISE OPEN CIRCLE ARROW}" if box.kind == "loop" else ""
    yield f'<text class="n{cls}" x="{_n(x)}" y="{_n(box.y + 18)}">{_text(name_of(box))}{again}</text>'
    if note := note_of(box):
        yield f'<text class="d{cls}" x="{_n(x)}" y="{_n(box.y + 33)}">{_text(note)}</text>'
    if box.fails:
        y = box.y + box.height - 7
        yield f'<text class="d f{cls}" x="{_n(x)}" y="{_n(y)}">{FAILS}</text>'
    yield from _inside(box)
    yield "</g>"


def _rect(cls: str, x: float, y: float, box: Box) -> str:
    return f'<rect class="{cls}" x="{_n(x)}" y="{_n(y)}" width="{_n(box.width)}" height="{_n(box.height)}" rx="8"/>'


def _edges(boxes: Sequence[Box], layering: Layering) -> Iterator[str]:
    """The edges between the rows, and past those boxes that they are not of."""
    first = boxes[layering.layers[0][0].node]
    columns = spine(boxes, layering)
    shift = first.x + first.width / 2 - columns[0][0]
    top = min(boxes[slot.node].y for slot in layering.layers[0] if slot.towards is None)
    for at, links in enumerate(layering.links):
        layer = layering.layers[at]
        bottom = top + height(boxes, layer)
        for source, target, failing in links:
            slot, next_slot = layer[source], layering.layers[at + 1][target]
            start = boxes[slot.node].y + boxes[slot.node].height if slot.towards is None else top
            x, to = columns[at][source] + shift, columns[at + 1][target] + shift
            down = f"V{_n(bottom)}" if bottom > start else ""
            line = f"M{_n(x)} {_n(start)}{down}{_curve(x, bottom, to, bottom + DROP)}"
            cls, head = ("x", "hx") if failing else ("e", "he")
            ends = next_slot.towards is None
            arrow = f' marker-end="url(#{head})"' if ends else ""
            yield f'<path class="{cls}" d="{line}"{arrow}/>'
            if failing and ends:
                side, cls = (7, "d f") if x <= to + 1 else (-7, "d f l")
                yield f'<text class="{cls}" x="{_n(to + side)}" y="{_n(bottom + DROP - 9)}">on failure</text>'
        top = bottom + DROP


def _curve(x: float, y: float, to: float, below: float) -> str:
    if abs(x - to) < 0.6:
        return f"V{_n(below)}"
    middle = (y + below) / 2
    return f"C{_n(x)} {_n(middle)} {_n(to)} {_n(middle)} {_n(to)} {_n(below)}"


def _n(number: float) -> str:
    """A number with one digit at most after the point: the same on every machine."""
    return f"{round(number, 1) + 0.0:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    """`text` in XML, in which not every character may be."""
    return escape("".join("\N{REPLACEMENT CHARACTER}" if one in "\ufffe\uffff" else one for one in plain(text)))
