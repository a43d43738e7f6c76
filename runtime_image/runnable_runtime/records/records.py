"""The record of a run: a run has steps, a step has attempts. Plain data, to and from JSON. For times see `times`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from enum import StrEnum

from runnable_runtime.deferred import changed, dataclass
from runnable_runtime.process.usage import Usage
from runnable_runtime.protocol import Json
from runnable_runtime.records import shape
from runnable_runtime.records.display import Displayed
from runnable_runtime.records.origin import Machine, Origin
from runnable_runtime.records.sessions import Session as Session
from runnable_runtime.records.sessions import Status as Status
from runnable_runtime.records.shape import RecordError as RecordError
from runnable_runtime.records.shape import filled
from runnable_runtime.records.times import seconds_between
from runnable_runtime.values.reference import Reference, shown

SCHEMA_VERSION = 2
"""Raised when an older reader would misread a record. Version 1 had no places: its steps are in the order written."""
JOB = "job/"
"""What a `RunRecord.workflow` begins with that is a Job of Kubernetes."""
KILLED = "its process was killed"
"""The message of an attempt that was left as running by a process that is no more."""


class Kind(StrEnum):
    """What a step is: a task, or a composite. A `PIPELINE` is a branch, an item of a map, an iteration of a loop."""

    PYTHON = "python"
    SHELL = "shell"
    NOTEBOOK = "notebook"
    STUB = "stub"
    REDUCE = "reduce"
    CONTAINER = "container"
    APPROVAL = "approval"
    TEMPLATE = "template"
    HTTP = "http"
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
    names among the outputs that are metrics. `trace` is the traceback of a function or notebook that failed. `log` and
    `notebook` are file names relative to the run's folder. `files` are those that came from the
    catalog or went there: `path`, `stage` ("get" or "put"), `sha256`, `size` in bytes, and ``"stored": false`` if only
    the hash was kept.

    An output that is in the run's store is a `Reference`; in JSON such outputs are under `stored`, and among inputs the
    reference is shown in the value's place. `code` is the digest of the code that it ran, see `RunRecord.code`.

    Of a task that may be cached, `depends` has a digest of each thing that it depends on; `reused` names the
    ``run/step`` whose outputs it took in place of running.

    `waited` is for how many seconds it could have started and did not: for a worker, for locks, or for its pod. `used`
    is what it took of memory and processor, `machine` what it ran on if not simply on the run's. Records of earlier
    versions have none of the three, and where something cannot be known it is not there: see docs/runs.md.
    """

    number: int
    started: str
    status: Status = Status.RUNNING
    ended: str | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)
    outputs: Mapping[str, Json] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    message: str = ""
    trace: str = ""
    log: str | None = None
    notebook: str | None = None
    files: tuple[Mapping[str, Json], ...] = ()
    code: str = ""
    depends: Mapping[str, str] = field(default_factory=dict)
    reused: str = ""
    waited: float | None = None
    used: Usage | None = None
    machine: Machine | None = None

    def to_json(self) -> dict[str, Json]:
        """The attempt as a JSON object, empty fields left out."""
        return filled(
            {
                "number": self.number,
                "status": str(self.status),
                "started": self.started,
                "ended": self.ended,
                "inputs": {name: shown(value) for name, value in self.inputs.items()} if self.inputs else None,
                **_written(self.outputs),
                "metrics": self.metrics and list(self.metrics),
                "message": self.message,
                "trace": self.trace,
                "log": self.log,
                "notebook": self.notebook,
                "files": [dict(file) for file in self.files] if self.files else None,
                "code": self.code,
                "depends": self.depends and dict(self.depends),
                "reused": self.reused,
                "waited": self.waited,
                "used": self.used and self.used.to_json(),
                "machine": self.machine and self.machine.to_json(),
            }
        )

    @classmethod
    def from_json(cls, document: Mapping[str, Json]) -> AttemptRecord:
        """The inverse of `to_json`; keys that are not known are left aside."""
        shape.check(document, shape.ATTEMPT, "the record of an attempt")
        return cls(
            number=document["number"],
            status=Status(document["status"]),
            started=document["started"],
            ended=document.get("ended"),
            inputs=document.get("inputs", {}),
            outputs=_outputs(document),
            metrics=tuple(document.get("metrics", ())),
            message=document.get("message", ""),
            trace=document.get("trace", ""),
            log=document.get("log"),
            notebook=document.get("notebook"),
            files=tuple(document.get("files", ())),
            code=document.get("code", ""),
            depends=document.get("depends", {}),
            reused=document.get("reused", ""),
            waited=document.get("waited"),
            used=Usage.from_json(document["used"]) if "used" in document else None,
            machine=Machine.from_json(document["machine"]) if "machine" in document else None,
        )


def _written(outputs: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """The outputs by where a record has them: the inverse of `_outputs`."""
    if not outputs:
        return {}
    stored = {name: value.to_json() for name, value in outputs.items() if isinstance(value, Reference)}
    if not stored:
        return {"outputs": dict(outputs)}
    return {"outputs": {name: value for name, value in outputs.items() if name not in stored}, "stored": stored}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One node of the pipeline, by its path. `attempts` is empty for graphs and for what never started.

    `place` orders the steps of a run as the pipeline has them: positions from the root's node down to this one, where
    an item of a map and an iteration of a loop count as their numbers. `changes` says what was found to have changed
    since the step ran, when its run was resumed and the step did not run again.
    """

    path: str
    kind: Kind
    place: tuple[int, ...] = ()
    status: Status = Status.CREATED
    started: str | None = None
    ended: str | None = None
    message: str = ""
    attempts: tuple[AttemptRecord, ...] = ()
    changes: tuple[str, ...] = ()

    @property
    def inputs(self) -> Mapping[str, Json]:
        """The parameters that the last attempt took."""
        return self.attempts[-1].inputs if self.attempts else {}

    @property
    def outputs(self) -> Mapping[str, Json]:
        """What the last attempt returned; nothing if the step was skipped when its run was resumed."""
        return self.attempts[-1].outputs if self.attempts and self.status is not Status.SKIPPED else {}

    def begun(self, attempt: AttemptRecord) -> StepRecord:
        """The step with a further attempt under way."""
        return changed(
            self,
            status=Status.RUNNING,
            started=self.started or attempt.started,
            ended=None,
            message="",
            attempts=(*self.attempts, attempt),
            changes=(),
        )

    def attempted(self, attempt: AttemptRecord) -> StepRecord:
        """The step with its last attempt replaced by `attempt`."""
        return replace(self, attempts=(*self.attempts[:-1], attempt))

    def killed(self) -> StepRecord:
        """The step with attempts that are under way as interrupted: whatever ran them is gone."""
        attempts = tuple(
            replace(one, status=Status.INTERRUPTED, message=KILLED) if one.status is Status.RUNNING else one
            for one in self.attempts
        )
        return replace(self, attempts=attempts)

    def to_json(self) -> dict[str, Json]:
        """The step as a JSON object, empty fields left out."""
        return filled(
            {
                "path": self.path,
                "kind": str(self.kind),
                "place": list(self.place),
                "status": str(self.status),
                "started": self.started,
                "ended": self.ended,
                "message": self.message,
                "changes": self.changes and list(self.changes),
                "attempts": self.attempts and [attempt.to_json() for attempt in self.attempts],
            }
        )

    @classmethod
    def from_json(cls, document: Mapping[str, Json]) -> StepRecord:
        """The inverse of `to_json`. Raises RecordError for anything else."""
        shape.check(document, shape.STEP, "a step's record")
        try:
            return cls(
                path=document["path"],
                kind=Kind(document["kind"]),
                place=_numbers(document.get("place", ())),
                status=Status(document["status"]),
                started=document.get("started"),
                ended=document.get("ended"),
                message=document.get("message", ""),
                attempts=tuple(AttemptRecord.from_json(a) for a in document.get("attempts", ())),
                changes=tuple(document.get("changes", ())),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, RecordError):
                raise
            raise RecordError(f"a step's record is damaged: {error!r}") from None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RunRecord(Displayed):
    """A whole run. `steps` are by path, in the order of the pipeline, parents before their members.

    `parameters` are those that the run started with. `source` is the pipeline's ``FILE`` or ``FILE:NAME``, and
    `configuration` the file that was named for it, both relative to its project. `workflow` is the one, as
    ``namespace/name`` (a Job is ``job/namespace/name``), whose pods wrote the run last: how it ended is known on the
    cluster only. A run that was resumed has the `earlier` sessions, and the time when it was last `resumed`. `code` has
    what the code consists of, by the digest that attempts refer to. `origin` says how its last session came about, and
    `edges` which step runs after which (`records.edges`); records of earlier versions have neither. `outputs` are what
    its steps have returned, as a step after the last one would see them; `folder` is where the record lies; `damage`
    says what of it could not be read. These three are not part of what is written.
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
    source: str = ""
    configuration: str = ""
    workflow: str = ""
    resumed: str | None = None
    earlier: tuple[Session, ...] = ()
    code: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    origin: Origin | None = None
    edges: Mapping[str, Json] = field(default_factory=dict)
    outputs: Mapping[str, Json] = field(default_factory=dict, compare=False)
    folder: str = field(default="", compare=False)
    damage: tuple[str, ...] = field(default=(), compare=False)
    schema_version: int = SCHEMA_VERSION

    @property
    def seconds(self) -> float:
        """How long the run was under way, over all its sessions; up to the end of the last one that has ended."""
        present = seconds_between(self.resumed or self.started, self.ended)
        return sum((seconds_between(session.started, session.ended) for session in self.earlier), present)

    @property
    def pods_of(self) -> str:
        """What the pods belong to that wrote the run last, for people; empty if pods did not."""
        kind, name = ("Job", self.workflow[len(JOB) :]) if self.is_job else ("workflow", self.workflow)
        return f"the {kind} {name}" if name else ""

    @property
    def is_job(self) -> bool:
        """Whether a Job of Kubernetes wrote the run last."""
        return self.workflow.startswith(JOB) and self.workflow.count("/") == 2

    def session(self, last: str) -> Session:
        """The session that the run was in, now that another one begins; `last`: when it ended, if it does not say."""
        left = f"it was {self.pods_of}" if self.workflow else KILLED
        return Session(
            started=self.resumed or self.started,
            ended=self.ended or last,
            status=Status.INTERRUPTED if self.status is Status.RUNNING else self.status,
            message=left if self.status is Status.RUNNING else self.message,
            origin=self.origin,
        )

    def header_to_json(self) -> dict[str, Json]:
        """The run without its steps, as a JSON object, empty fields left out."""
        return filled(
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
                "source": self.source,
                "configuration": self.configuration,
                "workflow": self.workflow,
                "resumed": self.resumed,
                "earlier": [session.to_json() for session in self.earlier],
                "origin": self.origin and self.origin.to_json(),
                "edges": dict(self.edges),
            }
        )

    def to_json(self) -> dict[str, Json]:
        """The whole run as a JSON object, `steps` being a list."""
        code = {digest: dict(parts) for digest, parts in sorted(self.code.items())}
        return {**self.header_to_json(), "code": code, "steps": [step.to_json() for step in self.steps.values()]}

    @classmethod
    def from_json(cls, document: Mapping[str, Json], *, folder: str = "") -> RunRecord:
        """The inverse of `to_json` and of `header_to_json`. Raises RecordError for anything else."""
        version = document.get("schema_version") if isinstance(document, dict) else None
        if type(version) is not int:
            raise RecordError("the record does not say its schema_version")
        if version > SCHEMA_VERSION:
            raise RecordError(
                f"the record has schema version {version}, and this version of runnable reads up to {SCHEMA_VERSION}: "
                "upgrade runnable to read it"
            )
        shape.check(document, shape.RUN, "the run's record")
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
                source=document.get("source", ""),
                configuration=document.get("configuration", ""),
                workflow=document.get("workflow", ""),
                resumed=document.get("resumed"),
                earlier=tuple(Session.from_json(session) for session in document.get("earlier", ())),
                code=document.get("code", {}),
                origin=Origin.from_json(document["origin"]) if "origin" in document else None,
                edges=document.get("edges", {}),
                steps=in_order(steps),
                folder=folder,
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, RecordError):
                raise
            raise RecordError(f"the run's record is damaged: {error!r}") from None


def _numbers(value: Json) -> tuple[int, ...]:
    if not all(isinstance(number, int) for number in value):
        raise ValueError("a place is a list of numbers")
    return tuple(value)


def in_order(steps: Iterable[StepRecord]) -> dict[str, StepRecord]:
    """The steps by path, in the order of the pipeline, a parent before its members; the last one of a path counts."""
    found = {step.path: step for step in steps}
    if not all(step.place for step in found.values()):
        return found
    return dict(sorted(found.items(), key=lambda entry: entry[1].place))


def _outputs(document: Mapping[str, Json]) -> dict[str, Json]:
    stored = {name: Reference.from_json(value) for name, value in document.get("stored", {}).items()}
    return {**document.get("outputs", {}), **stored}
