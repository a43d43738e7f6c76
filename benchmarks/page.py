"""`docs/benchmarks.md` and its picture, made of what `benchmarks.ratios` has kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
PICTURE = ROOT / "docs" / "pictures" / "ratios.svg"
HEAD = """# How fast it is, over time

Made by `make ratios`: ours divided by a peer's, of several runs of whole processes in turn, so below 1 is faster
than the peer. The first number is of processor time, the least of the runs; the second of wall time, their median.
`make check-ratios`, which CI runs, fails if a quick one has become a quarter worse. More figures, and how each is
measured: [benchmarks](../benchmarks/README.md).

![The ratios of processor time, by commit](pictures/ratios.svg)
"""


def page(lines: Sequence[dict[str, Any]]) -> str:
    """The page: a row for each ratio, a column for each commit, the newest first."""
    newest = list(reversed(lines))[:8]
    names = list(dict.fromkeys(name for line in newest for name in line["ratios"]))
    rows = [["", *(f"`{line['commit']}`" for line in newest)], ["---"] * (len(newest) + 1)]
    rows += [[name, *(_cell(line["ratios"].get(name)) for line in newest)] for name in names]
    rows.append(["of ours, seconds of the processor and of the clock:", *([""] * len(newest))])
    ours = {name.split(" / ")[0]: name for name in names}
    rows += [[title, *(_seconds(line["ratios"].get(name)) for line in newest)] for title, name in ours.items()]
    where = [f"- `{line['commit']}` of {line['date']}, measured on {line['measured']}: {line['on']}" for line in newest]
    return "\n".join([HEAD, *(f"| {' | '.join(row)} |" for row in rows), "", *where, ""])


def _cell(ratio: dict[str, float] | None) -> str:
    return f"{ratio['cpu']:.2f}, {ratio['wall']:.2f}" if ratio else ""


def _seconds(ratio: dict[str, float] | None) -> str:
    return f"{ratio['ours_cpu']:.2f}, {ratio['ours_wall']:.2f}" if ratio else ""


def picture(lines: Sequence[dict[str, Any]]) -> bytes:
    """A line for each ratio over the commits, on a logarithmic scale, as SVG."""
    import pygal

    chart = pygal.Line(
        logarithmic=True, js=[], height=500, width=1000, legend_at_bottom=True, legend_at_bottom_columns=2
    )
    chart.x_labels = [f"{line['date'][5:]} {line['commit']}" for line in lines]
    for name in dict.fromkeys(name for line in lines for name in line["ratios"]):
        chart.add(name, [line["ratios"].get(name, {}).get("cpu") for line in lines])
    svg: bytes = chart.render()
    return svg


def write_page(lines: Sequence[dict[str, Any]]) -> None:
    """Write both."""
    PAGE.write_text(page(lines), encoding="utf-8")
    PICTURE.write_bytes(picture(lines))
