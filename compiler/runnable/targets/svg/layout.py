"""Where boxes are: a layer of a graph is a row, each box below those that it is after; the rest is side by side."""

from __future__ import annotations

from collections.abc import Sequence

from runnable.passes.analysis.layers import Layering, Slot
from runnable.targets.svg.boxes import FAILS, Box, name_of, note_of, width

NAME, NOTE = 13.0, 10.5
"""The sizes of the fonts."""
HEAD = 40.0
"""The height of what a composite says of itself."""
PAD, GAP, DROP, PASS = 14.0, 22.0, 30.0, 10.0
"""Inside of a border; between boxes of a row; between rows; the width of an edge that passes a row."""
_WIDEST_ROW = 1000.0


def placed(box: Box) -> None:
    """Set the place and size of all boxes in `box`, which is at 0, 0."""
    _measure(box)
    _move(box, 0.0, 0.0)


def _measure(box: Box) -> None:
    """Set the size of a box, and where those in it are, as seen from its own place."""
    if not box.inside and box.kind != "root":
        box.width = words(box) + 2 * PAD
        box.height = 26.0 + (16.0 if box.notes else 0.0) + (15.0 if box.fails else 0.0)
        return
    for one in box.inside:
        _measure(one)
    broad, high = _flow(box.inside, box.layering) if box.layering else _side_by_side(box.inside)
    if box.kind == "root":
        box.width, box.height = broad, high
        return
    head = HEAD if box.notes else HEAD - 14.0
    box.width = max(broad, words(box) + 12.0) + 2 * PAD
    box.height = head + high + PAD + (15.0 if box.fails else 0.0)
    for one in box.inside:
        one.x += (box.width - broad) / 2
        one.y += head


def words(box: Box) -> float:
    """How wide the texts of a box are."""
    return max(width(name_of(box), NAME) * 1.08, width(note_of(box), NOTE), width(FAILS, NOTE) if box.fails else 0.0)


def _side_by_side(boxes: Sequence[Box]) -> tuple[float, float]:
    """Rows of boxes, as many in each as fit; what they take."""
    rows: list[list[Box]] = [[]]
    for box in boxes:
        taken = sum(one.width + GAP for one in rows[-1])
        if rows[-1] and taken + box.width > _WIDEST_ROW:
            rows.append([])
        rows[-1].append(box)
    broad = max(sum(one.width for one in row) + GAP * (len(row) - 1) for row in rows)
    y = 0.0
    for row in rows:
        x = (broad - sum(one.width for one in row) - GAP * (len(row) - 1)) / 2
        for one in row:
            one.x, one.y = x, y
            x += one.width + GAP
        y += max(one.height for one in row) + GAP
    return broad, y - GAP


def _flow(boxes: Sequence[Box], layering: Layering) -> tuple[float, float]:
    """One row for each layer; what they take. The places of gaps are not kept: `spine` finds them again."""
    columns = spine(boxes, layering)
    left = min(
        x - size(boxes, slot) / 2
        for row, layer in zip(columns, layering.layers, strict=True)
        for x, slot in zip(row, layer, strict=True)
    )
    right, y = left, 0.0
    for row, layer in zip(columns, layering.layers, strict=True):
        for x, slot in zip(row, layer, strict=True):
            right = max(right, x + size(boxes, slot) / 2)
            if slot.towards is None:
                box = boxes[slot.node]
                box.x, box.y = x - box.width / 2 - left, y
        y += height(boxes, layer) + DROP
    return right - left, y - DROP


def height(boxes: Sequence[Box], layer: Sequence[Slot]) -> float:
    """The height of a row."""
    return max(boxes[slot.node].height for slot in layer if slot.towards is None)


def size(boxes: Sequence[Box], slot: Slot) -> float:
    """The width of a place in a row."""
    return boxes[slot.node].width if slot.towards is None else PASS


def spine(boxes: Sequence[Box], layering: Layering) -> list[list[float]]:
    """The middle of each place in each row: below what it is after, as far as its neighbours leave it there."""
    columns: list[list[float]] = []
    for at, layer in enumerate(layering.layers):
        wanted, counts = [0.0] * len(layer), [False] * len(layer)
        above: dict[int, list[tuple[float, bool]]] = {}
        for source, target, failing in layering.links[at - 1] if at else ():
            above.setdefault(target, []).append((columns[-1][source], failing))
        for place, found in above.items():
            straight = [x for x, failing in found if not failing]
            wanted[place] = sum(straight or [x for x, _ in found]) / len(straight or found)
            counts[place] = bool(straight)
        columns.append(_apart([size(boxes, slot) for slot in layer], wanted, counts))
    return columns


def _apart(widths: list[float], wanted: list[float], counts: list[bool]) -> list[float]:
    """Middles near the wanted ones, in the same order and apart from each other.

    Those that do not count, as handlers, make way: the way of success is to be straight.
    """
    found: list[float] = []
    for broad, middle in zip(widths, wanted, strict=True):
        if found:
            before = widths[len(found) - 1]
            middle = max(middle, found[-1] + before / 2 + GAP + broad / 2)
        found.append(middle)
    off = [want - have for have, want, one in zip(found, wanted, counts, strict=True) if one or not any(counts)]
    shift = sum(off) / len(off)
    return [middle + shift for middle in found]


def _move(box: Box, x: float, y: float) -> None:
    box.x, box.y = box.x + x, box.y + y
    for one in box.inside:
        _move(one, box.x, box.y)
