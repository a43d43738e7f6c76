"""What is known of tasks before they run: how long they take, and what they return, where that decides something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from functools import cache
from statistics import median
from typing import Any, ClassVar

from runnable.configuration.quantities import parse_duration
from runnable.ir.nodes import Task
from runnable.ir.step_patterns import names_step, strongest
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.edges import general_paths
from runnable_runtime.records.records import RunRecord, Status
from runnable_runtime.records.times import seconds_between

HALF = 0.5
_seconds = cache(parse_duration)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value of a parameter that is known only when `source` has run."""

    source: str


@dataclass(frozen=True, slots=True)
class Took:
    """How long an attempt takes, in seconds, and whether it fails."""

    seconds: float
    failed: bool = False


@dataclass(frozen=True)
class Given:
    """What a file says, for people to write; `steps` are by patterns of paths (`ir.step_patterns`).

    `steps` and `otherwise` are seconds, or text such as "1m30s". `returns` are values by the names of parameters; where
    a Map runs over one, a number stands for so many items. `iterations` are those of Loops, by their paths.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    steps: Mapping[str, str | float] = field(default_factory=dict)
    otherwise: str | float | None = None
    returns: Mapping[str, Any] = field(default_factory=dict)
    iterations: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in (*self.steps.values(), *([] if self.otherwise is None else [self.otherwise])):
            parse_duration(value)
        if any(number < 1 for number in self.iterations.values()):
            raise ValueError("a Loop has at least 1 iteration")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of each task, by its path in the run, else by its path in the program, where bodies are `*`.

    What `given` says is stronger than what a run has. `faster` has the steps of the program that are to take so much
    of their time.
    """

    given: Given = Given()
    took: Mapping[str, tuple[Took, ...]] = field(default_factory=dict)
    usual: Mapping[str, float] = field(default_factory=dict)
    returned: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    faster: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Given, record: RunRecord | None = None) -> Known:
        """What a file says, and a run."""
        return cls(given) if record is None else cls(given, *_recorded(record))

    def with_half(self, where: str) -> Known:
        """The same, with the step at `where` in the program in half of its time."""
        return replace(self, faster={where: HALF})

    def attempt(self, path: str, where: str, number: int) -> Took | None:
        """The attempt of that number at a task; None if nothing is known of it."""
        share = self.faster.get(where, 1.0)
        if self.given.steps and (pattern := strongest(self.given.steps, path)) is not None:
            return Took(_seconds(self.given.steps[pattern]) * share)
        attempts = self.took.get(path, ())
        if number <= len(attempts):
            one = attempts[number - 1]
            return Took(one.seconds * share, one.failed)
        if where in self.usual:
            return Took(self.usual[where] * share)
        return None if self.given.otherwise is None else Took(_seconds(self.given.otherwise) * share)

    def usual_seconds(self, where: str) -> float | None:
        """How long the task at `where` in the program usually takes; None if nothing is known of it."""
        found = self.attempt(where, where, 1)
        return found.seconds if found else None

    def attempts(self, path: str, task: Task) -> int:
        """How often a task is tried at most."""
        if self.given.steps and strongest(self.given.steps, path) is not None:
            return 1 + (task.options.retry or 0)
        return max(1 + (task.options.retry or 0), len(self.took.get(path, ())))

    def outputs(self, path: str, where: str, task: Task) -> dict[str, Json]:
        """What a task returns; `Unknown` for what nothing says."""
        recorded = self.returned.get(path) or self.returned.get(where) or {}
        found: dict[str, Json] = {}
        for one in task.returns:
            unknown = Unknown(f"{where!r} returns it")
            found[one.name] = self.given.returns.get(one.name, recorded.get(one.name, unknown))
        return found

    def iterations(self, where: str) -> int | None:
        """How many iterations the loop at `where` in the program has, if that is given."""
        found = [number for name, number in self.given.iterations.items() if names_step(name, where)]
        return found[0] if found else None


def _recorded(
    record: RunRecord,
) -> tuple[dict[str, tuple[Took, ...]], dict[str, float], dict[str, Mapping[str, Json]]]:
    took: dict[str, tuple[Took, ...]] = {}
    each: dict[str, list[float]] = {}
    returned: dict[str, Mapping[str, Json]] = {}
    general = general_paths(record)
    for path, step in record.steps.items():
        ended = [one for one in step.attempts if one.status in (Status.SUCCEEDED, Status.FAILED)]
        if not ended:
            continue
        took[path] = tuple(Took(seconds_between(one.started, one.ended), one.status is Status.FAILED) for one in ended)
        each.setdefault(general[path], []).extend(one.seconds for one in _best(took[path]))
        returned[path] = returned[general[path]] = step.outputs
    return took, {where: median(seconds) for where, seconds in each.items()}, returned


def _best(attempts: Iterable[Took]) -> list[Took]:
    """Those that have succeeded; all if none has."""
    attempts = list(attempts)
    return [one for one in attempts if not one.failed] or attempts
