"""`run`: runs a program with any launcher, from creating its record to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

from runnable.configuration.catalog import NO_CATALOG, CatalogSettings
from runnable.configuration.sections import APPROVING
from runnable.diagnostics.errors import RunInterrupted
from runnable.execution.capture import Capture, captured, ready_to_print
from runnable.execution.exits import Ended, begin_exit
from runnable.execution.interrupts import Interrupts
from runnable.execution.keeping import Keeper, kept
from runnable.execution.launcher import ImageOf, Launcher
from runnable.execution.origin import OriginFinder
from runnable.execution.progress import choose_progress
from runnable.execution.progress.at_exit import ExitProgress
from runnable.execution.progress.events import Progress
from runnable.execution.scheduler import Scheduler
from runnable.execution.secrets.resolve import NO_SECRETS, Secrets
from runnable.execution.standing_in import StandingIn, calls_templates
from runnable.execution.standing_in import notices as not_called
from runnable.execution.summary import summary
from runnable.execution.surroundings import lock_digest, surroundings
from runnable.execution.tracing import giving_spans, traced
from runnable.ir.digest import pipeline_digest
from runnable.ir.nodes import Program, Question
from runnable.ir.options import Options
from runnable.ir.walk import tasks
from runnable.runs.code import CodeBook, Functions
from runnable.runs.leftovers import refuse_leftovers
from runnable.runs.parts import Taken
from runnable.runs.resume.notices import of_damage, of_parameters, of_workflow, succeeded_so_far
from runnable.runs.resume.recall import Recall
from runnable.runs.resume.reopen import reopen
from runnable.runs.resume.request import Resumption
from runnable.runs.run_ids import check_run_id, new_run_id
from runnable.runs.stores.store import RunLogStore, RunWriter
from runnable.semantics.plan import new_record
from runnable_runtime.code import fingerprint
from runnable_runtime.deferred import dataclass
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
    ended: Ended | None
    approvals: str


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
    ended: Ended | None = None,
    approvals: str = APPROVING[0],
) -> RunRecord:
    """Run `program` and return its record, whose status is `succeeded` or `failed`.

    An empty `run_id` makes a new one; no `progress` chooses a display by where stderr goes. `notices` are shown when
    the run begins. `catalog` is where files, objects and large values are kept. `functions` has those that it calls by
    ``module:name``. With `resumption` an earlier run is resumed, and `run_id` has no effect. Variables of this process
    with values of `secrets` are removed meanwhile. With `cache`, tasks with ``cache=True`` reuse what earlier runs
    returned; `image_of` says which image they run in. `configuration` is what the record calls the configuration.
    `taken`: what ends as before. `ended`: the run that `program` runs after, in whose record it is; the result is then
    what is recorded of `program`. `approvals`: who decides.

    Raises ConfigurationError for an unfit id, RecordUnusable for a run that cannot be resumed, OutputError for a record
    that cannot be written, and RunInterrupted on Ctrl-C or SIGTERM.
    """
    progress, untraced = _display(progress, ended)
    codes, origin = CodeBook(program, functions), _origin(program, secrets, configuration)
    if resumption is None:
        opened = _begun(program, store, ended, run_id, tag, configuration, origin.begun)
    else:
        opened = _resumed(program, store, resumption, codes, tag, catalog, origin.begun)
    record, writer, recall, about = opened
    origin.ask(writer.place)
    record = _with_surroundings(replace(record, folder=writer.place), writer, origin.around)
    _show(progress, record, taken, (*about, *notices, *untraced, *not_called(program), *secrets.notices()))
    interrupts = Interrupts()
    try:
        with (
            variables({RUN_ID_VARIABLE: record.run_id, **dict.fromkeys(secrets.variables)}),
            captured() as capture,
            interrupts.listen(),
            kept(writer.place) as keeper,
            open_launcher(RunContext(record.run_id, capture, interrupts, progress, keeper)) as launcher,
        ):
            asking = _asking(launcher, program, record.run_id, approvals, progress)
            runner = _caching(asking, program, store, record, codes, progress, image_of, taken, cache=cache)
            parts = progress, interrupts, _storage(catalog, record.run_id), codes, origin, recall, secrets
            record = Scheduler(program, record, runner, writer, *parts).run()
    finally:
        writer.close()
    progress.run_ended(record)
    return _finished(record, program) if ended is None else record


def _display(progress: Progress | None, ended: Ended | None) -> tuple[Progress, tuple[str, ...]]:
    """The display of the run, which may make its spans, and notices of why it does not."""
    shown = progress or choose_progress()
    return traced(shown if ended is None else ExitProgress(shown))


def _finished(record: RunRecord, program: Program) -> RunRecord:
    """The record, of a run that was not ended from outside. Raises RunInterrupted for one that was."""
    if record.status is Status.INTERRUPTED:
        raise RunInterrupted(record.run_id, summary(record, program.root))
    return record


_Opened = tuple[RunRecord, RunWriter, Recall | None, tuple[str, ...]]
"""A record to write, its writer, which recorded ends still count, and notices."""


def _begun(
    program: Program,
    store: RunLogStore,
    ended: Ended | None,
    run_id: str,
    tag: str,
    configuration: str,
    origin: Origin,
) -> _Opened:
    """A new record, or that of the run that has `ended` and `program` runs after; and its writer."""
    if ended is not None:
        return (*begin_exit(program, store, ended), None, ())
    record = new_record(program, check_run_id(run_id or new_run_id()), tag, configuration)
    record = replace(record, origin=origin)
    return record, store.create(record), None, ()


def _show(progress: Progress, record: RunRecord, taken: Taken | None, notices: tuple[str, ...]) -> None:
    """Show that the run begins, with what the user should know of it."""
    progress.run_started(record)
    for notice in (*(taken.notices if taken else ()), *notices):
        progress.notice(notice)


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
    return Storage(catalog.store, run_id, folder=catalog.folder, limits=limits, in_memory=catalog.in_memory)


def _asking(launcher: Launcher, program: Program, run_id: str, approvals: str, progress: Progress) -> Launcher:
    """`launcher`, or if some steps wait for a person, or are not done here, one around it that has them."""
    if calls_templates(program):
        launcher = StandingIn(launcher)
    if not any(isinstance(task.action, Question) for _, task in tasks(program.graph)):
        return launcher
    from runnable.execution.approvals import ApprovalLauncher

    return ApprovalLauncher(launcher, run_id, approvals, progress)


def _caching(
    launcher: Launcher,
    program: Program,
    store: RunLogStore,
    record: RunRecord,
    codes: CodeBook,
    progress: Progress,
    image_of: ImageOf,
    taken: Taken | None,
    *,
    cache: bool,
) -> Launcher:
    """`launcher`, with one around it that reuses earlier outcomes if tasks may be cached, and one for what is taken."""
    if cache and any(task.options.cache for _, task in tasks(program.graph)):
        from runnable.execution.caching import CachingLauncher, Earlier

        earlier = Earlier(store, record)
        launcher = CachingLauncher(launcher, earlier, codes, progress, record.steps.values(), image_of)
    if taken:
        from runnable.execution.taking import TakingLauncher

        launcher = TakingLauncher(launcher, taken)
    return giving_spans(launcher, progress)


def _resumed(
    program: Program,
    store: RunLogStore,
    resumption: Resumption,
    codes: CodeBook,
    tag: str,
    catalog: CatalogSettings,
    origin: Origin,
) -> _Opened:
    """The record of the run to resume, its writer, which recorded ends still count, and notices."""
    stored, writer = store.resume(resumption.run_id)
    try:
        refuse_leftovers(stored.run_id, writer.place)
        before = stored
        if stored.workflow:
            load = Objects(Storage(catalog.store, stored.run_id)).load
            from runnable.runs.resume.pod_records import completed

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
