"""Cards: what a function adds to the panel of its step in the report of the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from os import PathLike
from pathlib import Path
from typing import Any

from runnable_runtime.protocol import Json

_MOST_ROWS = 1000
_LONGEST_CELL = 200
_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"<svg", "image/svg+xml"))
_collected: ContextVar[list[dict[str, Json]] | None] = ContextVar("cards", default=None)


def card(*, markdown: str = "", figure: Any = None, table: Any = None) -> None:
    """Add a text, a figure or a table to this step's panel in the report of its run.

    Outside of a task, and in a thread that the task has started, nothing happens: functions with cards can be called.

    Args:
        markdown: a text in Markdown; HTML in it is shown as it stands.
        figure: what has `savefig`, as figures of matplotlib have; a PNG, JPEG or SVG as bytes; or the path of one.
        table: a list of dictionaries with the same keys, or a data frame of pandas or polars; of many rows the first.

    Raises:
        TypeError: it is none of these.
    """
    found: list[dict[str, Json]] = []
    if markdown:
        found.append({"kind": "markdown", "text": str(markdown)})
    if figure is not None:
        found.append(_figure(figure))
    if table is not None:
        found.append(_table(table))
    collected = _collected.get()
    if collected is not None:
        collected += found


@contextmanager
def collecting() -> Iterator[list[dict[str, Json]]]:
    """Collect the cards of a task that runs in this block."""
    cards: list[dict[str, Json]] = []
    token = _collected.set(cards)
    try:
        yield cards
    finally:
        _collected.reset(token)


def _figure(figure: Any) -> dict[str, Json]:
    data = _bytes(figure)
    for beginning, kind in _KINDS:
        if data.startswith(beginning):
            import base64

            return {"kind": "figure", "type": kind, "data": base64.b64encode(data).decode("ascii")}
    raise TypeError("a figure of a card is a PNG, a JPEG or an SVG")


def _bytes(figure: Any) -> bytes:
    if isinstance(figure, bytes):
        return figure.lstrip() if figure.lstrip().startswith(b"<svg") else figure
    if isinstance(figure, str | PathLike):
        return _bytes(Path(figure).read_bytes())
    if hasattr(figure, "savefig"):
        from io import BytesIO

        written = BytesIO()
        figure.savefig(written, format="png", bbox_inches="tight")
        return written.getvalue()
    raise TypeError(f"a figure of a card is something with `savefig`, bytes or a path, and no {type(figure).__name__}")


def _table(table: Any) -> dict[str, Json]:
    rows = _rows(table)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise TypeError(f"a table of a card is a list of dictionaries or a data frame, and no {type(table).__name__}")
    columns = list(dict.fromkeys(str(name) for row in rows for name in row))
    cells = [[_cell({str(name): value for name, value in row.items()}.get(one, "")) for one in columns] for row in rows]
    return {"kind": "table", "columns": columns, "rows": cells[:_MOST_ROWS], "of": len(table)}


def _rows(table: Any) -> Any:
    if hasattr(table, "to_dicts"):  # of polars
        return table.head(_MOST_ROWS).to_dicts()
    if hasattr(table, "to_dict") and hasattr(table, "columns"):  # of pandas
        return table.head(_MOST_ROWS).to_dict(orient="records")
    return table


def _cell(value: Any) -> str:
    shown = f"{value:.6g}" if isinstance(value, float) else str(value)
    return shown if len(shown) <= _LONGEST_CELL else f"{shown[:_LONGEST_CELL]}…"
