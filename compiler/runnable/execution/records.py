"""What is recorded of a run: a run has steps, a step has attempts. Plain data, to and from JSON.

Times are text in ISO 8601, UTC, with microseconds: ``2026-01-31T12:00:00.000000+00:00``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from runnable_runtime.protocol import Json

SCHEMA_VERSION = 1
"""Raised when a reader of an older version would misread a record."""


class RecordError(ValueError):
    """A stored record is damaged, or of a newer version than this one reads."""


class Status(StrEnum):
    """Where a run, a step or an attempt is. `CREATED` has not started; the last four are final."""

    CREATED = "created"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"


class Kind(StrEnum):
    """What a step is: a task, or a composite. A `PIPELINE` is a branch, an item of a map, an iteration of a loop."""

    PYTHON = "python"
    SHELL = "shell"
    NOTEBOOK = "notebook"
    STUB = "stub"
    REDUCE = "reduce"
    MAP = "map"
    CONDITIONAL = "conditional"
    LOOP = "loop"
    PARALLEL = "parallel"
    PIPELINE = "pipeline"


COMPOSITES = frozenset({Kind.PARALLEL, Kind.PIPELINE, Kind.MAP, Kind.CONDITIONAL, Kind.LOOP})
"""The kinds that have members, and no attempts of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One attempt at a task.

    `number` counts from 1. `inputs` are the parameters that the task took, `outputs` what it returned, `metrics` the
    names among the outputs that are metrics. `log` and `notebook` are file names relative to the run's folder.
    """

    number: int
    started: str
    status: Status = Status.RUNNING
    ended: str | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)
    outputs: Mapping[str, Json] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    message: str = ""
    log: str | None = None
    notebook: str | None = None

    def to_json(self) -> dict[str, Json]:
        """The attempt as a JSON object, empty fields left out."""
        return _filled(
            {
                "number": self.number,
                "status": str(self.status),
                "started": self.started,
                "ended": self.ended,
                "inputs": dict(self.inputs),
                "outputs": dict(self.outputs),
                "metrics": list(self.metrics),
                "message": self.message,
                "log": self.log,
                "notebook": self.notebook,
            }
        )

    @classmethod
    def from_json(cls, document: Mapping[str, Json]) -> AttemptRecord:
        """The inverse of `to_json`; keys that are not known are left aside."""
        return cls(
            number=document["number"],
            status=Status(document["status"]),
            started=document["started"],
            ended=document.get("ended"),
            inputs=document.get("inputs", {}),
            outputs=document.get("outputs", {}),
            metrics=tuple(document.get("metrics", ())),
            message=document.get("message", ""),
            log=document.get("log"),
            notebook=document.get("notebook"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One node of the pipeline, by its path. `attempts` is empty for graphs and for what never started."""

    path: str
    kind: Kind
    status: Status = Status.CREATED
    started: str | None = None
    ended: str | None = None
    message: str = ""
    attempts: tuple[AttemptRecord, ...] = ()

    @property
    def outputs(self) -> Mapping[str, Json]:
        """What the last attempt returned."""
        return self.attempts[-1].outputs if self.attempts else {}

    def to_json(self) -> dict[str, Json]:
        """The step as a JSON object, empty fields left out."""
        return _filled(
            {
                "path": self.path,
                "kind": str(self.kind),
                "status": str(self.status),
                "started": self.started,
                "ended": self.ended,
                "message": self.message,
                "attempts": [attempt.to_json() for attempt in self.attempts],
            }
        )

    @classmethod
    def from_json(cls, document: Mapping[str, Json]) -> StepRecord:
        """The inverse of `to_json`. Raises RecordError for anything else."""
        try:
            return cls(
                path=document["path"],
                kind=Kind(document["kind"]),
                status=Status(document["status"]),
                started=document.get("started"),
                ended=document.get("ended"),
                message=document.get("message", ""),
                attempts=tuple(AttemptRecord.from_json(a) for a in document.get("attempts", ())),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise RecordError(f"a step's record is damaged: {error!r}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A whole run. `steps` are by path, in the order of the pipeline, parents before their members.

    `parameters` are those that the run started with. `folder` is where the record lies, empty if only in memory; it is
    not part of what is written.
    """

    run_id: str
    pipeline: str
    started: str
    tag: str = ""
    status: Status = Status.RUNNING
    ended: str | None = None
    message: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict)
    steps: Mapping[str, StepRecord] = field(default_factory=dict)
    folder: str = field(default="", compare=False)
    schema_version: int = SCHEMA_VERSION

    def header_to_json(self) -> dict[str, Json]:
        """The run without its steps, as a JSON object, empty fields left out."""
        return _filled(
            {
                "schema_version": self.schema_version,
                "run_id": self.run_id,
                "tag": self.tag,
                "pipeline": self.pipeline,
                "status": str(self.status),
                "started": self.started,
                "ended": self.ended,
                "message": self.message,
                "parameters": dict(self.parameters),
            }
        )

    def to_json(self) -> dict[str, Json]:
        """The whole run as a JSON object, `steps` being a list."""
        return {**self.header_to_json(), "steps": [step.to_json() for step in self.steps.values()]}

    @classmethod
    def from_json(cls, document: Mapping[str, Json], *, folder: str = "") -> RunRecord:
        """The inverse of `to_json` and of `header_to_json`. Raises RecordError for anything else."""
        version = document.get("schema_version")
        if not isinstance(version, int):
            raise RecordError("the record does not say its schema_version")
        if version > SCHEMA_VERSION:
            raise RecordError(
                f"the record has schema version {version}, and this version of runnable reads up to {SCHEMA_VERSION}: "
                "upgrade runnable to read it"
            )
        steps = (StepRecord.from_json(step) for step in document.get("steps", ()))
        try:
            return cls(
                schema_version=version,
                run_id=document["run_id"],
                tag=document.get("tag", ""),
                pipeline=document["pipeline"],
                status=Status(document["status"]),
                started=document["started"],
                ended=document.get("ended"),
                message=document.get("message", ""),
                parameters=document.get("parameters", {}),
                steps={step.path: step for step in steps},
                folder=folder,
            )
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, RecordError):
                raise
            raise RecordError(f"the run's record is damaged: {error!r}") from None


def now() -> str:
    """The present time as records have it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def seconds_between(started: str | None, ended: str | None) -> float:
    """The seconds from one recorded time to another; 0 where one of them is missing."""
    if started is None or ended is None:
        return 0.0
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def _filled(document: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in document.items() if value not in (None, "", [], {})}
