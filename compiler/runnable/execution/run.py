"""`run`: runs a program with any launcher, from creating its record to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

from runnable.configuration.catalog import NO_CATALOG, CatalogSettings
from runnable.diagnostics.errors import RunInterrupted
from runnable.execution.capture import Capture, captured, ready_to_print
from runnable.execution.interrupts import Interrupts
from runnable.execution.keeping import Keeper, kept
from runnable.execution.launcher import ImageOf, Launcher
from runnable.execution.origin import OriginFinder
from runnable.execution.progress import choose_progress
from runnable.execution.progress.events import Progress
from runnable.execution.scheduler import Scheduler
from runnable.execution.secrets.resolve import NO_SECRETS, Secrets
from runnable.execution.summary import summary
from runnable.execution.surroundings import lock_digest, surroundings
from runnable.execution.taking import TakingLauncher
from runnable.ir.digest import pipeline_digest
from runnable.ir.nodes import Program
from runnable.ir.options import Options
from runnable.ir.walk import tasks
from runnable.runs.code import CodeBook, Functions
from runnable.runs.leftovers import refuse_leftovers
from runnable.runs.parts import Taken
from runnable.runs.resume.notices import of_damage, of_parameters, of_workflow, succeeded_so_far
from runnable.runs.resume.pod_records import completed
from runnable.runs.resume.recall import Recall
from runnable.runs.resume.reopen import reopen
from runnable.runs.resume.request import Resumption
from runnable.runs.run_ids import check_run_id, new_run_id
from runnable.runs.stores.store import RunLogStore, RunWriter
from runnable.semantics.plan import new_record
from runnable_runtime.code import fingerprint
from runnable_runtime.process.environment import variables
from runnable_runtime.protocol import RUN_ID_VARIABLE
from runnable_runtime.records.origin import Origin
from runnable_runtime.records.records import RunRecord, Status
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.storage import ON_THIS_MACHINE, Storage


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a launcher needs to know about its run."""

    run_id: str
    capture: Capture
    interrupts: Interrupts
    progress: Progress
    keeper: Keeper


class RunOptions(TypedDict, total=False):
    """Keyword arguments that executors pass on to `run`, which describes them."""

    run_id: str
    tag: str
    progress: Progress | None
    catalog: CatalogSettings
    resumption: Resumption | None
    secrets: Secrets
    cache: bool
    image_of: ImageOf
    configuration: str
    taken: Taken | None


def _here(options: Options) -> str:
    return ""


OpenLauncher = Callable[[RunContext], AbstractContextManager[Launcher]]
"""Makes the launcher for one run; leaving it gives back whatever the launcher holds."""


@ready_to_print()
def run(
    program: Program,
    store: RunLogStore,
    open_launcher: OpenLauncher,
    *,
    run_id: str = "",
    tag: str = "",
    progress: Progress | None = None,
    notices: tuple[str, ...] = (),
    catalog: CatalogSettings = NO_CATALOG,
    functions: Functions = MappingProxyType({}),
    resumption: Resumption | None = None,
    secrets: Secrets = NO_SECRETS,
    cache: bool = True,
    image_of: ImageOf = _here,
    configuration: str = "",
    taken: Taken | None = None,
) -> RunRecord:
    """Run `program` and return its record, whose status is `succeeded` or `failed`.

    An empty `run_id` makes a new one; no `progress` chooses a display by where stderr goes. `notices` are shown when
    the run begins. `catalog` is where files, objects and large values are kept. `functions` has those that the program
    calls by ``module:name``, as far as this process has them. With `resumption` an earlier run is resumed, and `run_id`
    has no effect. Environment variables of this process with values of `secrets` are removed while the run lasts. With
    `cache`, tasks with ``cache=True`` reuse what earlier runs returned; `image_of` says which image they run in.
    `configuration` is what the record calls the configuration. `taken`: what ends as in an earlier run.

    Raises ConfigurationError for an unfit id, RecordUnusable if the earlier run cannot be resumed, OutputError if the
    record cannot be written, and RunInterrupted on Ctrl-C or SIGTERM.
    """
    progress = progress or choose_progress()
    codes, recall, origin = CodeBook(program, functions), None, _origin(program, secrets, configuration)
    if resumption is None:
        writer = store.create(record := _new(program, run_id, tag, configuration, origin.begun))
    else:
        record, writer, recall, about = _resumed(program, store, resumption, codes, tag, catalog, origin.begun)
        notices = (*about, *notices)
    origin.ask(writer.place)
    progress.run_started(record := _with_surroundings(replace(record, folder=writer.place), writer, origin.around))
    for notice in (*(taken.notices if taken else ()), *notices, *secrets.notices()):
        progress.notice(notice)
    interrupts, storage = Interrupts(), _storage(catalog, record.run_id)
    try:
        with (
            variables({RUN_ID_VARIABLE: record.run_id, **dict.fromkeys(secrets.variables)}),
            captured() as capture,
            interrupts.listen(),
            kept(writer.place) as keeper,
            open_launcher(RunContext(record.run_id, capture, interrupts, progress, keeper)) as launcher,
        ):
            runner = _caching(launcher, program, store, record, codes, progress, image_of) if cache else launcher
            runner = TakingLauncher(runner, taken) if taken else runner
            parts = program, record, runner, writer, progress, interrupts, storage, codes, origin, recall, secrets
            record = Scheduler(*parts).run()
    finally:
        writer.close()
    progress.run_ended(record)
    if record.status is Status.INTERRUPTED:
        raise RunInterrupted(record.run_id, summary(record, program.root))
    return record


def _new(program: Program, run_id: str, tag: str, configuration: str, origin: Origin) -> RunRecord:
    return replace(new_record(program, check_run_id(run_id or new_run_id()), tag, configuration), origin=origin)


def _origin(program: Program, secrets: Secrets, configuration: str) -> OriginFinder:
    around, lock = surroundings(program, configuration), lock_digest(Path(program.root or "."))
    return OriginFinder(program.root, secrets.redactor(), around, pipeline_digest(program), lock)


def _with_surroundings(record: RunRecord, writer: RunWriter, around: Mapping[str, str]) -> RunRecord:
    """The record with what is around the run, which its origin refers to."""
    digest = fingerprint.digest(around)
    writer.write_code(digest, around)
    return replace(record, code={**record.code, digest: around})


def _storage(catalog: CatalogSettings, run_id: str) -> Storage:
    """Where the run's files, objects and large values are."""
    limits = ON_THIS_MACHINE.with_spill(catalog.spill_above)
    return Storage(catalog.store, run_id, folder=catalog.folder, limits=limits)


def _caching(
    launcher: Launcher,
    program: Program,
    store: RunLogStore,
    record: RunRecord,
    codes: CodeBook,
    progress: Progress,
    image_of: ImageOf,
) -> Launcher:
    """`launcher`, or if some tasks may be cached, a launcher around it that reuses earlier outcomes."""
    if not any(task.options.cache for _, task in tasks(program.graph)):
        return launcher
    from runnable.execution.caching import CachingLauncher, Earlier

    return CachingLauncher(launcher, Earlier(store, record), codes, progress, record.steps.values(), image_of)


def _resumed(
    program: Program,
    store: RunLogStore,
    resumption: Resumption,
    codes: CodeBook,
    tag: str,
    catalog: CatalogSettings,
    origin: Origin,
) -> tuple[RunRecord, RunWriter, Recall, tuple[str, ...]]:
    """The record of the run to resume, its writer, which recorded ends still count, and notices."""
    stored, writer = store.resume(resumption.run_id)
    try:
        refuse_leftovers(stored.run_id, writer.place)
        before = stored
        if stored.workflow:
            load = Objects(Storage(catalog.store, stored.run_id)).load
            before = completed(program, stored, resumption.parameters, load)
        record = replace(reopen(program, before, resumption, tag), origin=origin)
        writer.write_run(record)
        for path, step in record.steps.items():
            if step != stored.steps.get(path):
                writer.write_step(step)
    except BaseException:
        writer.close()
        raise
    return record, writer, Recall(program, before, codes, resumption), _about(resumption, record, stored)


def _about(resumption: Resumption, record: RunRecord, before: RunRecord) -> tuple[str, ...]:
    """The notices of a resumed run: how much of it is done, and what stays as it was."""
    resumed = f"the run is resumed: {succeeded_so_far(record)}"
    return (resumed, *of_damage(before), *of_workflow(before), *of_parameters(resumption, record))
