"""The interface of run log stores, which keep the records of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from runnable_runtime.records.ends import WorkflowEnd
from runnable_runtime.records.records import RunRecord, StepRecord


class RunWriter(Protocol):
    """One run's record while it is written. Every call leaves a record on the store that can be read."""

    @property
    def folder(self) -> Path | None:
        """The run's own folder, for logs and notebooks; None where nothing can be kept beside the record."""
        ...

    @property
    def place(self) -> str:
        """Where the record is, for people; empty if only in memory."""
        ...

    def write_step(self, step: StepRecord) -> None:
        """Replace what was recorded for the path of `step`. Raises OutputError if it cannot be written."""
        ...

    def write_created(self, steps: Sequence[StepRecord]) -> None:
        """Record `steps`, one at least, that nothing is recorded of yet, as created. Raises OutputError."""
        ...

    def write_code(self, digest: str, parts: Mapping[str, str]) -> None:
        """Record what the code of some attempts consists of, see `RunRecord.code`. Raises OutputError."""
        ...

    def write_run(self, run: RunRecord) -> None:
        """Record the run's own fields; its steps are not touched. Raises OutputError if it cannot be written."""
        ...

    def keep(self, name: str) -> None:
        """The file `name` in `folder`, a log or a notebook, is whole. Raises OutputError if it cannot be kept."""
        ...

    def close(self) -> None:
        """Make everything durable. Raises OutputError if that fails."""
        ...


@runtime_checkable
class WritesAhead(Protocol):
    """A writer that makes the ends of several tasks durable at once, while other work goes on."""

    def write_ended(self, step: StepRecord) -> int:
        """Begin to record the end of a task. Until `durable` has it, a power cut may lose it.

        In a store elsewhere, the end of this process may, too. Raises OutputError. The number by which `durable` knows
        it.
        """
        ...

    def durable(self, *, wait: bool) -> int:
        """Up to which number all is durable; with `wait` that is all, in a `together` too. Raises OutputError."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """What is recorded in the block, a short one, is written at its end, all at once; blocks are not nested."""
        ...


class RunLogStore(Protocol):
    """A place for records, by run id."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    def create(self, run: RunRecord) -> RunWriter:
        """Start the record of `run`, whose steps are recorded as they are given.

        Raises ConfigurationError (RunExists) if the id is taken, also by a process that creates it at the same moment,
        and OutputError if the store cannot be written.
        """
        ...

    def resume(self, run_id: str) -> tuple[RunRecord, RunWriter]:
        """Resume writing a run: its record, and the only writer of it.

        Raises RecordUnusable if there is none to read, or another process is writing it (RunActive), and OutputError if
        the store cannot be written.
        """
        ...

    def read(self, run_id: str) -> RunRecord:
        """The record of a run, ended or not. Raises RecordUnusable (RunUnreadable) if there is none to read."""
        ...

    def header(self, run_id: str) -> RunRecord:
        """The run's own fields, its steps perhaps left out; raises as `read`."""
        ...

    def is_active(self, run_id: str) -> bool:
        """Whether some process is writing the run at present. One whose process was killed is not active."""
        ...

    def file(self, run_id: str, name: str) -> BinaryIO | None:
        """A log or notebook that the run's record names, open for reading; None if it is not there."""
        ...

    def runs(self) -> tuple[str, ...]:
        """The ids of the runs that are recorded, sorted."""
        ...


class Follower(Protocol):
    """Who looks at one run again and again, and reads only what has been written since."""

    def update(self) -> RunRecord | None:
        """The record, if it has changed since the last call; the first one returns it. Raises as `RunLogStore.read`."""
        ...


@runtime_checkable
class Follows(Protocol):
    """A store that knows what has changed, without reading all of it."""

    def follow(self, run_id: str) -> Follower:
        """Who looks at that run."""
        ...

    def stamp(self, run_id: str) -> tuple[int, ...]:
        """Numbers that change when the run's own fields do, larger ones later; none where only reading would say."""
        ...


@runtime_checkable
class KeepsEnds(Protocol):
    """A store that pods can write to. No pod knows how its workflow ends, so other processes record that."""

    def write_end(self, run_id: str, end: WorkflowEnd) -> bool:
        """Record how a workflow that wrote the run has ended; several processes may do so at once.

        False if the store has no such run. Raises OutputError if it cannot be written.
        """
        ...


@runtime_checkable
class Repairs(Protocol):
    """A store whose damaged records can be written anew from what is whole in them."""

    def repair(self, run_id: str) -> str:
        """Repair the record of a run; where what was damaged is kept.

        Raises RecordUnusable if nothing is left of it, or another process is writing it (RunActive), and OutputError.
        """
        ...


@runtime_checkable
class Removes(Protocol):
    """A store whose runs can be removed."""

    def remove(self, run_id: str, also: Callable[[], None]) -> None:
        """Remove a run, or complete its removal. `also` is called between, and removes what is not in this store.

        The record cannot be read any more when `also` is called; if it raises, or the process is killed, the run is in
        `half_removed`. Raises RecordUnusable if another process is writing the run (RunActive), and OutputError.
        """
        ...

    def half_removed(self) -> Mapping[str, str]:
        """What removals that were ended half-way have left: runs' ids, each with its `RunRecord.configuration`."""
        ...
