"""Comparing two outlines of a pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from enum import StrEnum

from runnable.manifests.outline import Outline
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json


class How(StrEnum):
    """Whether a thing was added, removed or changed."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    `what` is "step", "parameter", "schedule", "event", "setting", "pipeline", or "text" for what means the same. `name`
    is the step's path, or the key. `field` says what of a step has changed, and is empty for others. `old` and `new`
    are None where there is nothing.
    """

    how: How
    what: str
    name: str
    field: str = ""
    old: str | None = None
    new: str | None = None

    def as_json(self) -> dict[str, Json]:
        """The change for other tools: its fields, those without a value left out."""
        return {key: value for key, value in asdict(self).items() if value not in (None, "")}


def compare(old: Outline, new: Outline) -> list[Change]:
    """The changes from `old` to `new`: steps first, in their order."""
    found = [*_steps(old, new)]
    found += _values("pipeline", {"name": old.name, "kind": old.kind}, {"name": new.name, "kind": new.kind})
    found += _values("parameter", old.parameters, new.parameters)
    found += _values("schedule", old.schedule, new.schedule)
    found += _values("event", old.events, new.events)
    found += _values("setting", old.settings, new.settings)
    return found or list(_values("text", old.raw, new.raw))


def _steps(old: Outline, new: Outline) -> Iterator[Change]:
    for path, fields in new.steps.items():
        if path not in old.steps:
            yield Change(How.ADDED, "step", path, new=fields.get("does"))
            continue
        for change in _values("step", old.steps[path], fields):
            yield Change(change.how, "step", path, change.name, change.old, change.new)
    for path, fields in old.steps.items():
        if path not in new.steps:
            yield Change(How.REMOVED, "step", path, old=fields.get("does"))


def _values(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for key in dict.fromkeys([*old, *new]):
        before, after = old.get(key), new.get(key)
        if before != after:
            how = How.ADDED if before is None else How.REMOVED if after is None else How.CHANGED
            yield Change(how, what, key, old=before, new=after)
