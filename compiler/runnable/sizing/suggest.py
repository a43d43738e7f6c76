"""From what was used to requests and limits.

Memory is asked for and limited alike: the largest peak, and a tenth more. Less than was needed once ends a pod, and a
request below the limit lets a node be filled beyond what it has. A processor is shared, and less of it only takes
longer: what 95 of 100 attempts used at most on average is asked for, and a fifth more; there is no limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from runnable.configuration.quantities import quantity
from runnable.sizing.patch import Resources
from runnable.sizing.peaks import Peaks
from runnable_runtime.deferred import dataclass

MEMORY_ROOM = 10
"""Per cent of memory beyond the largest peak."""
CPU_PERCENTILE = 95
CPU_ROOM = 20
"""Per cent of processors beyond that percentile."""
KILLED_ROOM = 50
"""Per cent of memory beyond what an attempt had that was killed: what it needed is not known."""
WASTED, CLOSE = 50, 90
"""Per cent of a limit: a peak below the one has wasted memory, one above the other was close to being killed."""
_MI = 1024 * 1024
_STEP = 10
"""Thousandths of a processor that suggestions are rounded to."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a step is to have: `memory` in MiB, `cpu` in thousandths of a processor; None if nothing is known of it.

    `peak` is in bytes, `processors` the percentile. `limit` is the last one that is known, in bytes. `notes` says what
    was wrong with it.
    """

    path: str
    attempts: int
    peak: int | None
    processors: float | None
    limit: int | None
    memory: int | None
    cpu: int | None
    notes: tuple[str, ...] = ()

    @property
    def resources(self) -> dict[str, dict[str, str]]:
        """As the option `resources` of a step has it."""
        memory = {} if self.memory is None else {"memory": f"{self.memory}Mi"}
        cpu = {} if self.cpu is None else {"cpu": f"{self.cpu}m"}
        sides = {"requests": {**cpu, **memory}, "limits": memory}
        return {side: found for side, found in sides.items() if found}

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "step": self.path,
            "attempts": self.attempts,
            "peak": self.peak,
            "processors": None if self.processors is None else round(self.processors, 3),
            "limit": self.limit,
            "resources": self.resources,
            "notes": list(self.notes),
        }


def suggestion(path: str, found: Peaks) -> Suggestion:
    """What the step at `path` is to have."""
    peak = max(found.memory, default=None)
    memory = None if peak is None else ceil(peak * (100 + MEMORY_ROOM) / 100 / _MI)
    if found.killed and memory is not None:
        had = max(*found.killed, *found.limits[-1:])
        memory = max(memory, ceil(had * (100 + KILLED_ROOM) / 100 / _MI))
    processors = percentile(found.processors, CPU_PERCENTILE) if found.processors else None
    cpu = None if processors is None else ceil(processors * 10 * (100 + CPU_ROOM) / _STEP) * _STEP
    limit = found.limits[-1] if found.limits else None
    cpu = None if cpu is None else max(_STEP, cpu)
    return Suggestion(path, found.attempts, peak, processors, limit, memory, cpu, tuple(_notes(found, peak, limit)))


def widest(one: Resources, other: Resources) -> dict[str, dict[str, str]]:
    """The larger amount of each, of two suggestions."""
    found: dict[str, dict[str, str]] = {}
    for side in dict.fromkeys((*one, *other)):
        here, there = one.get(side, {}), other.get(side, {})
        found[side] = {
            name: max((text for text in (here.get(name), there.get(name)) if text), key=quantity)
            for name in dict.fromkeys((*here, *there))
        }
    return found


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest of `values` that `share` per cent of them do not exceed."""
    return sorted(values)[max(0, ceil(len(values) * share / 100) - 1)]


def _notes(found: Peaks, peak: int | None, limit: int | None) -> Iterator[str]:
    if found.killed:
        many = f"{len(found.killed)} attempts were" if len(found.killed) > 1 else "an attempt was"
        yield f"{many} killed: what it needs is not known"
    elif peak is not None and limit is not None and peak * 100 >= limit * CLOSE:
        yield f"close to its limit: {peak * 100 // limit} % used"
    elif peak is not None and limit is not None and peak * 100 < limit * WASTED:
        yield f"wasted: {100 - peak * 100 // limit} % of its limit were never used"
    if peak is not None and not found.of_containers:
        yield "of its largest process"
