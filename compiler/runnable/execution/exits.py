"""Running what comes after a run, in the run's own record.

The record keeps its status, its end and its message: the steps of the exit handler and of the notifications are added
to it, after all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from runnable.diagnostics.errors import RecordUnusable
from runnable.execution.summary import causes
from runnable.ir.at_exit import DURATION, FAILURES, LONGEST_MESSAGE, MOST_FAILURES, RUN_ID, STATUS
from runnable.ir.nodes import Program
from runnable.runs.stores.store import RunLogStore, RunWriter
from runnable.semantics.plan import new_record
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord, StepRecord, in_order


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended, of a program whose graph has `members` nodes."""

    record: RunRecord
    members: int


def facts(record: RunRecord) -> dict[str, Json]:
    """What the steps at the end of a run are told of it, see `ir.at_exit.FACTS`."""
    failures = [{"step": one.path, "message": one.message[:LONGEST_MESSAGE]} for one in causes(record)]
    return {
        RUN_ID: record.run_id,
        STATUS: str(record.status),
        FAILURES: failures[:MOST_FAILURES],
        DURATION: round(record.seconds, 3),
    }


def begin_exit(program: Program, store: RunLogStore, ended: Ended) -> tuple[RunRecord, RunWriter]:
    """The record of what `program`, which runs after the run that has `ended`, does; and what writes it.

    Steps that an earlier session has run keep their attempts. Raises OutputError, and RecordUnusable if another process
    writes the run.
    """
    try:
        stored, writer = store.resume(ended.record.run_id)
    except RecordUnusable:
        if store.name != MEMORY:
            raise
        stored, writer = ended.record, store.create(ended.record)  # what is in memory was in another object's
    own = new_record(program, stored.run_id, stored.tag, stored.configuration)
    steps = {
        path: replace(step, attempts=stored.steps[path].attempts) if path in stored.steps else step
        for path, step in own.steps.items()
    }
    return replace(own, steps=steps, origin=stored.origin), ExitWriter(writer, replace(ended, record=stored))


MEMORY = "memory"
"""What the store is called that keeps nothing after its process."""


def with_exits(ended: Ended, exits: RunRecord) -> RunRecord:
    """The record of a run with the steps of what ran after it."""
    steps = {**ended.record.steps, **{path: _placed(step, ended.members) for path, step in exits.steps.items()}}
    return replace(
        ended.record,
        steps=in_order(steps.values()),
        edges={**ended.record.edges, **exits.edges},
        code={**ended.record.code, **exits.code},
    )


def _placed(step: StepRecord, members: int) -> StepRecord:
    first, *rest = step.place
    return replace(step, place=(first + members, *rest))


class ExitWriter:
    """Writes the steps at the end of a run into its record, each after those of the pipeline."""

    def __init__(self, inner: RunWriter, ended: Ended) -> None:
        self._inner = inner
        self._ended = ended

    @property
    def folder(self) -> Path | None:
        """See `RunWriter.folder`."""
        return self._inner.folder

    @property
    def place(self) -> str:
        """See `RunWriter.place`."""
        return self._inner.place

    def write_step(self, step: StepRecord) -> None:
        """See `RunWriter.write_step`."""
        self._inner.write_step(_placed(step, self._ended.members))

    def write_created(self, steps: Sequence[StepRecord]) -> None:
        """See `RunWriter.write_created`."""
        self._inner.write_created([_placed(step, self._ended.members) for step in steps])

    def write_code(self, digest: str, parts: Mapping[str, str]) -> None:
        """See `RunWriter.write_code`."""
        self._inner.write_code(digest, parts)

    def write_run(self, run: RunRecord) -> None:
        """Write the run's own fields as they are, with the steps of `run`, which has run after it."""
        self._inner.write_run(with_exits(self._ended, run))

    def keep(self, name: str) -> None:
        """See `RunWriter.keep`."""
        self._inner.keep(name)

    def close(self) -> None:
        """See `RunWriter.close`."""
        self._inner.close()
