"""The cards that functions of a run have added to their steps, read for its report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from runnable.report.budget import Budget
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import StorageFailed
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord
from runnable_runtime.stores.storage import CARDS, Storage

_PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
_LARGEST = 20_000_000
_MOST = 1_000
"""Attempts whose cards are read: each is a file of the store."""


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of a step, as they are kept."""

    step: str
    cards: tuple[Json, ...]


def cards(record: RunRecord, storage: Storage, budget: Budget) -> Iterator[Cards]:
    """The cards of the last attempts, in the order of the pipeline, as far as they fit and are what cards are."""
    if storage.store is None:
        return
    try:
        location = storage.open()
        entries = islice(location.entries(storage.own_key(CARDS)), _MOST)
        texts = [location.read(entry.key) for entry in entries if entry.size <= _LARGEST]
    except (OSError, StorageFailed):
        return
    found: dict[str, tuple[Json, int]] = {}
    for text in texts:
        document = _read(text)
        step = record.steps.get(document.get("step", "")) if document else None
        if step is not None and step.attempts and document.get("attempt") == step.attempts[-1].number:
            found[step.path] = document["cards"], len(text)
    for path in record.steps:
        if path in found and budget.take(found[path][1], f"the cards of {path}"):
            yield Cards(path, tuple(one for one in found[path][0] if _is_card(one)))


def _read(text: bytes) -> dict[str, Json]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    fits = isinstance(document, dict) and isinstance(document.get("step"), str)
    return document if fits and isinstance(document.get("cards"), list) else {}


def _is_card(one: Json) -> bool:
    if not isinstance(one, dict):
        return False
    if one.get("kind") == "markdown":
        return isinstance(one.get("text"), str)
    if one.get("kind") == "figure":
        return one.get("type") in _PICTURES and isinstance(one.get("data"), str)
    rows = one.get("rows")
    return (
        one.get("kind") == "table"
        and _is_row(one.get("columns"))
        and isinstance(rows, list)
        and all(map(_is_row, rows))
    )


def _is_row(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(cell, str) for cell in value)
