"""What has come out of a simulated run: makespan, critical path, idle time, and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from runnable.ir.nodes import Program
from runnable.simulation.place import NAMES, Asked, Place
from runnable.simulation.prices import Prices
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Status

_GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Because:
    """The attempt, by its number, whose end let another one begin, and what it had waited for if not for that alone."""

    number: int | None
    waited: str = ""


@dataclass(slots=True)
class Ran:
    """One attempt. Times are seconds from the beginning of the run.

    `ready`: it could have begun. `begun`: it had a place. `started`: its pod, or worker, was there, and it ran.
    """

    path: str
    where: str
    attempt: int
    ready: float
    begun: float
    started: float
    ended: float
    because: Because
    idle: bool
    failed: bool = False

    @property
    def seconds(self) -> float:
        """How long it ran."""
        return self.ended - self.started


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a pod was there, in seconds, and what of it is paid for; on this machine, an attempt."""

    seconds: float
    counted: Asked
    idle: bool


@dataclass(frozen=True)
class Simulated:
    """A run as it would be."""

    program: Program
    place: Place
    ran: tuple[Ran, ...]
    stays: tuple[Stay, ...]
    status: Status
    notes: tuple[str, ...] = ()

    @cached_property
    def makespan(self) -> float:
        """Seconds from the beginning to the end."""
        return max((one.ended for one in self.ran), default=0.0) + self.place.around

    @cached_property
    def busy(self) -> float:
        """Seconds that all tasks ran together."""
        return sum(one.seconds for one in self.ran)

    @cached_property
    def widest(self) -> int:
        """How many tasks were under way at one time, at most."""
        events = sorted(
            [(one.begun, 1) for one in self.ran if not one.idle] + [(one.ended, -1) for one in self.ran if not one.idle]
        )
        most = present = 0
        for _, change in events:
            present += change
            most = max(most, present)
        return most

    @property
    def idle(self) -> float | None:
        """Seconds that workers had nothing to do, together; None where their number has no limit."""
        if self.place.at_once is None:
            return None
        return max(0.0, self.place.at_once * self.makespan - sum(one.seconds for one in self.stays))

    @property
    def pods(self) -> int:
        """How many pods there were, each attempt with its own unless tasks share them."""
        return sum(not one.idle for one in self.stays)

    @cached_property
    def critical(self) -> tuple[Ran, ...]:
        """The attempts none of which could be slower without the run taking longer, in their order."""
        found = []
        number = max(range(len(self.ran)), key=lambda one: (self.ran[one].ended, one), default=None)
        while number is not None:
            found.append(self.ran[number])
            number = self.ran[number].because.number
        return tuple(reversed(found))

    @cached_property
    def critical_steps(self) -> dict[str, float]:
        """The steps of the program on the critical path, with how many seconds of it they take; the longest first."""
        found: Counter[str] = Counter()
        for one in self.critical:
            if not one.idle:
                found[one.where] += one.seconds  # type: ignore[assignment]  # a Counter of floats
        return dict(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))

    def hours(self) -> Asked:
        """Hours of a core, of a GiB and of a device that are paid for."""
        totals = [0.0, 0.0, 0.0]
        for one in self.stays:
            for position, amount in enumerate(one.counted):
                totals[position] += amount * one.seconds / 3600
        return totals[0], totals[1] / _GIB, totals[2]

    def cost(self, prices: Prices) -> float:
        """What that costs."""
        return sum(hours * price for hours, price in zip(self.hours(), prices.each, strict=True))

    def to_json(self, prices: Prices) -> dict[str, Json]:
        """As JSON; times are in seconds."""
        return {
            "status": str(self.status),
            "makespan": round(self.makespan, 3),
            "busy": round(self.busy, 3),
            "idle": None if self.idle is None else round(self.idle, 3),
            "attempts": sum(not one.idle for one in self.ran),
            "pods": self.pods if self.place.is_cluster else None,
            "widest": self.widest,
            "critical_path": list(self._critical()),
            "hours": {name: round(value, 6) for name, value in zip(NAMES, self.hours(), strict=True)},
            "cost": round(self.cost(prices), 6),
            "notes": list(self.notes),
        }

    def _critical(self) -> Iterator[dict[str, Json]]:
        for one in self.critical:
            yield {
                "path": one.path,
                "attempt": one.attempt,
                "started": round(one.started, 3),
                "seconds": round(one.seconds, 3),
                "waited": round(one.begun - one.ready, 3),
                "waited_for": one.because.waited or None,
            }
