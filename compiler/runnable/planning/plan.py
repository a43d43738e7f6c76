"""A whole plan: the steps, what an earlier run would give, and what it takes on Argo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from runnable.ir.nodes import Program
from runnable.planning.counts import Times
from runnable.planning.steps import PlannedSteps
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

if TYPE_CHECKING:
    from runnable.planning.argo import OnArgo

VERSION = 1
"""Of the JSON form; it changes where a key gets another meaning."""


@dataclass(frozen=True, slots=True)
class Compared:
    """An earlier run that is not resumed, and what would become of the steps if it were."""

    run_id: str
    status: str
    steps: PlannedSteps

    @property
    def command(self) -> str:
        """What resumes it."""
        return f"runnable retry {self.run_id} --rerun-changed"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pipeline would do.

    `like` is the run that is resumed, empty if none is; `latest` the newest one otherwise. `rerun_changed`: see
    `Resumption`.

    `secrets` are those that its steps name, each with whether this machine has it. `notes` are for people.
    """

    program: Program
    steps: PlannedSteps
    target: str
    like: str = ""
    rerun_changed: bool = False
    latest: Compared | None = None
    secrets: Mapping[str, bool] = field(default_factory=dict)
    argo: OnArgo | None = None
    notes: tuple[str, ...] = ()

    @property
    def totals(self) -> Mapping[str, Times]:
        """How many tasks run, are cached and are taken."""
        return self.steps.totals()

    def to_json(self) -> dict[str, Json]:
        """As JSON; docs/plan.md has the keys."""
        return {
            "version": VERSION,
            "pipeline": self.program.name,
            "source": self.program.source,
            "target": self.target,
            "open": [one.name for one in self.program.open],
            "like": self.like or None,
            "rerun_changed": self.rerun_changed,
            "totals": {name: times.to_json() for name, times in self.totals.items()},
            "steps": [one.to_json() for one in self.steps.root.members],
            "latest": self._latest(),
            "secrets": dict(self.secrets),
            "argo": None if self.argo is None else self.argo.to_json(),
            "notes": list(self.notes),
        }

    def _latest(self) -> Json:
        if self.latest is None:
            return None
        steps = {
            one.path: {
                "runs": one.runs.to_json(),
                "taken": one.taken.to_json(),
                "why": [{**why.to_json(), "times": times} for why, times in one.why.items()],
            }
            for one in self.latest.steps.tasks()
        }
        return {
            "run_id": self.latest.run_id,
            "status": self.latest.status,
            "command": self.latest.command,
            "totals": {name: times.to_json() for name, times in self.latest.steps.totals().items()},
            "steps": steps,
        }
