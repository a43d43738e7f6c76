"""Which steps of a run are shown: only those that failed, and of a large Map or Loop only what is worth a look."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import Status, StepRecord

_FOLDED_ABOVE = 12
"""Items, or iterations, of one composite that are shown all."""
_SHOWN = 5
"""Of more, those that are shown: such as have not succeeded, else the first ones."""
_UNUSUAL = (Status.FAILED, Status.INTERRUPTED, Status.RUNNING)
_ORDER = (Status.FAILED, Status.INTERRUPTED, Status.RUNNING, Status.CREATED, Status.SUCCEEDED, Status.SKIPPED)
"""What a group of steps is, by the first of these that one of them is."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A line instead of items: `path` is that of the composite that they are of, `text` counts them by status."""

    path: str
    text: str


def failed_only(steps: Iterable[StepRecord]) -> list[StepRecord]:
    """The steps that failed or were interrupted, with those around them."""
    listed = list(steps)
    wanted: set[str] = set()
    for step in listed:
        if step.status in (Status.FAILED, Status.INTERRUPTED):
            wanted.update(_and_around(step.path))
    return [step for step in listed if step.path in wanted]


def folded(steps: list[StepRecord]) -> list[StepRecord | Folded]:
    """`steps`, in their order, with most items of large Maps and Loops as one line each, after those that are left."""
    hidden: dict[str, str] = {}  # by an item's path, that of its composite
    texts: dict[str, str] = {}
    for composite, items in _items(steps).items():
        if len(items) <= _FOLDED_ABOVE:
            continue
        kept = _kept(items)
        rest = {path: status for path, status in items.items() if path not in kept}
        hidden |= dict.fromkeys(rest, composite)
        texts[composite] = _counted(rest)
    if not hidden:
        return list(steps)
    return _with_lines(steps, hidden, texts)


def _with_lines(steps: list[StepRecord], hidden: Mapping[str, str], texts: dict[str, str]) -> list[StepRecord | Folded]:
    found: list[StepRecord | Folded] = []
    last: dict[str, int] = {}
    for step in steps:
        within = [path for path in _and_around(step.path) if path in hidden]
        if not within:
            found.append(step)
        for composite in {hidden[path] for path in within[:1]} | {p for p in _and_around(step.path) if p in texts}:
            if not any(path in hidden for path in _and_around(composite)):
                last[composite] = len(found)
    for composite, place in sorted(last.items(), key=lambda entry: entry[1], reverse=True):
        found.insert(place, Folded(composite, texts[composite]))
    return found


def _items(steps: Iterable[StepRecord]) -> dict[str, dict[str, Status]]:
    """By the path of a composite, its items' paths with the status of each."""
    statuses: dict[str, dict[str, list[Status]]] = defaultdict(lambda: defaultdict(list))
    for step in steps:
        for path in _and_around(step.path):
            composite, _, name = path.rpartition(".")
            if name.isdecimal() and composite:
                statuses[composite][path].append(step.status)
    return {
        composite: {path: next(one for one in _ORDER if one in known) for path, known in items.items()}
        for composite, items in statuses.items()
    }


def _kept(items: Mapping[str, Status]) -> list[str]:
    unusual = [path for path, status in items.items() if status in _UNUSUAL]
    return (unusual or list(items))[:_SHOWN]


def _counted(items: Mapping[str, Status]) -> str:
    counts = Counter(items.values())
    return f"{len(items):,} more: {', '.join(f'{counts[one]:,} {one}' for one in _ORDER if counts[one])}"


def _and_around(path: str) -> list[str]:
    """The paths of what a step is in, from outside, and its own."""
    parts = path.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
