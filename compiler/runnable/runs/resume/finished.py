"""What a run has finished, for a target that compiles the rest of it.

A finished node is found by its path in the program, where the bodies of maps and loops are called `*`, and by the
numbers of the items and iterations that it is in, from outside.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace

from runnable.configuration import Configuration, read_catalog
from runnable.configuration.catalog import CatalogSettings
from runnable.diagnostics.codes.records import CannotGoOnThere, RecordDoesNotFit, RunActive
from runnable.diagnostics.errors import RecordUnusable
from runnable.diagnostics.terminal import say
from runnable.diagnostics.wording import listed
from runnable.ir.nodes import BODY, Program, Task
from runnable.ir.task_spec import task_spec
from runnable.passes.analysis.deciding import deciding_names
from runnable.runs.code import CodeBook, Functions
from runnable.runs.leftovers import refuse_leftovers
from runnable.runs.resume import notices
from runnable.runs.resume.compatibility import misfits
from runnable.runs.resume.known_ends import End, Walk
from runnable.runs.resume.pod_records import completed
from runnable.runs.resume.recall import Recall
from runnable.runs.resume.request import Resumption
from runnable.runs.stores.settings import open_store
from runnable.runs.stores.store import RunLogStore
from runnable.semantics.frame import Frame
from runnable.semantics.scope import Scope
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import TaskFailure
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord, Status
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.settings import open_location
from runnable_runtime.stores.spill import spill
from runnable_runtime.stores.storage import IN_A_POD, Storage, failing
from runnable_runtime.values.reference import Reference

Numbers = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """What of the run `run_id` does not run again: by path, then by numbers. A failed node's failure was handled."""

    run_id: str
    nodes: Mapping[str, Mapping[Numbers, End]]


def finished(
    program: Program,
    functions: Functions,
    store: RunLogStore,
    resumption: Resumption,
    catalog: CatalogSettings,
    target: str,
) -> tuple[Finished, tuple[str, ...]]:
    """What of a run is done, and notices about it. Values that are too large to travel are put into the store.

    Nothing is recorded: whatever runs the rest does that. Raises RecordUnusable if `target` cannot resume the run.
    """
    record = store.read(resumption.run_id)
    if store.is_active(record.run_id):
        raise RecordUnusable([RunActive(run_id=record.run_id)])
    refuse_leftovers(record.run_id, record.folder)
    limits = IN_A_POD.with_spill(catalog.spill_above)
    storage = Storage(catalog.store, record.run_id, folder=catalog.folder, limits=limits)
    if record.workflow:
        record = completed(program, record, resumption.parameters, Objects(storage).load)
    if not resumption.rerun_changed and (problems := misfits(program, record)):
        raise RecordUnusable([RecordDoesNotFit(run_id=record.run_id, problems=tuple(problems))])
    try:
        found = _Search(program, record, resumption, CodeBook(program, functions), storage)
        missing = _missing(found.walk, record, storage)
    except TaskFailure as failure:
        raise _cannot(record, target, failure.message) from None
    if (whole := found.walk.ends.get("")) is not None and whole.status is Status.SUCCEEDED:
        raise _cannot(record, target, "nothing is left to do")
    if missing:
        place = storage.open().name if storage.store else "any store of this configuration"
        raise _cannot(record, target, f"{listed(missing)} of what it has done is not in {place}")
    about = [
        f"the run {record.run_id} is resumed: {notices.succeeded_so_far(record)}",
        *notices.of_parameters(resumption, record),
        *(notices.of_changes(where, changes) for where, changes in found.changes.items()),
        *notices.of_workflow(record),
    ]
    return Finished(record.run_id, found.nodes()), tuple(about)


def report_finished(
    program: Program, functions: Functions, configuration: Configuration, resumption: Resumption, target: str
) -> Finished:
    """What of a run in the stores of `configuration` is done; notices go to stderr. Raises what `finished` does."""
    store = open_store(configuration)
    found, about = finished(program, functions, store, resumption, read_catalog(configuration), target)
    for notice in about:
        say(f"notice: {notice}", file=sys.stderr)
    return found


class _Search:
    """Goes through the program with what `Recall` takes of the record. `changes`: what has changed of a node since."""

    def __init__(
        self, program: Program, record: RunRecord, resumption: Resumption, codes: CodeBook, storage: Storage
    ) -> None:
        self.changes: dict[str, tuple[str, ...]] = {}
        self._storage = storage
        self._deciding = deciding_names(program)
        self._recall = Recall(program, record, codes, resumption)
        load = Objects(storage).load
        self.walk = Walk(program, resumption.parameters, self._end_of, load, self._recall.enter)

    def _end_of(self, frame: Frame, position: int, task: Task, path: str, scope: Scope) -> End | None:
        known = self._recall.of_task(task, path, scope)
        if known is None:
            return End(Status.SUCCEEDED, {}) if task.is_idle else None
        if known.changes:
            self.changes[located(frame, position)[0]] = known.changes
        objects = Objects(replace(self._storage, step=path))
        outputs = spill(known.outputs, task_spec(task, path, deciding=self._deciding), objects)
        return End(known.status, outputs, known.message)

    def nodes(self) -> dict[str, dict[Numbers, End]]:
        """The nodes that have ended, by path and numbers."""
        found: dict[str, dict[Numbers, End]] = {}
        for path, end in self.walk.ends.items():
            if not path:  # the pipeline itself: what makes it fail is left to do
                continue
            frame, position = self.walk.visited[path]
            where, numbers = located(frame, position)
            found.setdefault(where, {})[numbers] = end
        return found


def located(frame: Frame, position: int) -> tuple[str, Numbers]:
    """Where the member `position` of `frame` is: its path in the program, and the numbers of what it is in."""
    names: list[str] = []
    numbers: list[int] = []
    one: Frame | None = frame
    while one is not None:
        names.append(one.node(position).name)
        if names[-1] == BODY:
            numbers.append(position)
        position, one = one.position, one.parent
    return ".".join(reversed(names)), tuple(reversed(numbers))


def _missing(walk: Walk, record: RunRecord, storage: Storage) -> list[str]:
    """What finished steps have returned or put into the catalog, and is missing in the store that later steps read."""
    wanted: dict[str, str] = {}
    for path in walk.ends:
        step = record.steps.get(path)
        for name, reference in _references(walk.ends[path].outputs):
            wanted[storage.own_key(reference.key)] = f"{name!r}"
        for file in step.attempts[-1].files if step and step.attempts else ():
            if file["stage"] == "put" and file.get("stored", True):
                wanted[storage.file_key(file["path"])] = f"the file {file['path']!r}"
    if not wanted or storage.store is None:
        return sorted(set(wanted.values()))
    with failing():
        there = {entry.key for entry in open_location(storage.store).entries(record.run_id)}
    return sorted({name for key, name in wanted.items() if key not in there})


def _references(outputs: Mapping[str, Json]) -> Iterator[tuple[str, Reference]]:
    pending = list(outputs.items())
    while pending:
        name, value = pending.pop()
        if isinstance(value, Reference):
            yield name, value
        elif isinstance(value, list):
            pending += [(name, item) for item in value]


def _cannot(record: RunRecord, target: str, reason: str) -> RecordUnusable:
    return RecordUnusable([CannotGoOnThere(run_id=record.run_id, target=target, reason=reason)])
