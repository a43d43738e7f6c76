"""A workflow as its users see it: steps by their paths, how far they are, and the pods that were made for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import RunRecord, StepRecord


class Phase(StrEnum):
    """How far a step, or the workflow, is. `WAITING`: not begun."""

    WAITING = "waiting"
    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    SKIPPED = "skipped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether it goes no further."""
        return self in (Phase.SUCCEEDED, Phase.SKIPPED, Phase.FAILED)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One pod. `node` is Argo's id of it; times are RFC 3339 texts, empty where there is none.

    `machine` is the name of the cluster's node that it ran on, `image` that of its container's image; empty if unknown.
    """

    node: str
    phase: Phase
    message: str = ""
    started: str = ""
    finished: str = ""
    machine: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a workflow.

    `waits`: for a person, who approves it. `cached`: where Argo's cache had what it returned, so that it took no pod.

    `kind` is "task", "stub", "map", "loop", "item" (of one of these), "conditional", "parallel" or "pipeline".
    """

    path: str
    kind: str
    phase: Phase = Phase.WAITING
    message: str = ""
    started: str = ""
    finished: str = ""
    attempts: tuple[Attempt, ...] = ()
    waits: bool = False
    cached: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class View:
    """A workflow at one moment. `steps` are by path, parents before children, in the pipeline's order.

    `run` is the id of the run that its pods record; empty if they record nothing. `programs` has the records of the
    steps that record nothing: they run an image of their own, wait for a person, or take no pod. `begun`: the
    run's own record, if there has been no pod to write it.
    """

    name: str
    namespace: str
    phase: Phase
    message: str = ""
    started: str = ""
    finished: str = ""
    taken_up: bool = True
    stopping: bool = False
    run: str = ""
    steps: Mapping[str, Step] = field(default_factory=dict)
    programs: tuple[StepRecord, ...] = ()
    begun: RunRecord | None = None

    def tasks(self) -> list[Step]:
        """The steps that run in pods."""
        return [step for step in self.steps.values() if step.kind == "task"]
