"""From a pipeline to a plan of what it would do: the whole way on one screen. Nothing runs, and nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.configuration import Configuration, read_catalog
from runnable.diagnostics.codes.records import CannotGoOnThere
from runnable.diagnostics.errors import ConfigurationError, RecordUnusable
from runnable.driver.compile import configured_target
from runnable.driver.retry import Retry, resumed
from runnable.driver.shared_pods import ARGO, decided
from runnable.executors import load_executor
from runnable.executors.prepare import resolve_secrets
from runnable.ir.at_exit import joined_program
from runnable.ir.nodes import Program
from runnable.ir.unit import CompilationUnit
from runnable.ir.walk import tasks
from runnable.passes import accept, diagnose
from runnable.passes.analysis.storing import without_files
from runnable.planning.changes import Changes
from runnable.planning.expand import At, Expansion, Fate, FateOf
from runnable.planning.plan import Compared, Plan
from runnable.runs.code import CodeBook
from runnable.runs.resume.request import Resumption
from runnable.semantics.plan import new_record
from runnable.semantics.scope import Scope
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import TaskFailure
from runnable_runtime.stores.storage import Storage

if TYPE_CHECKING:
    from runnable.execution.secrets.resolve import Secrets
    from runnable.ir.nodes import Task
    from runnable.planning.argo import OnArgo
    from runnable.planning.steps import PlannedSteps
    from runnable.runs.stores.store import RunLogStore
    from runnable.targets.argo.cached import StepCache
    from runnable.targets.argo.result import Written
    from runnable_runtime.records.records import RunRecord

_HERE = ("local", "emulator", "local-container")
"""Executors that reuse what earlier runs returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says of a plan: the target, the run to resume, and the parameters' files."""

    target: str = ""
    like: Retry | None = None
    files: Sequence[str] = ()
    image: str | None = None
    name: str | None = None
    namespace: str | None = None
    kind: str | None = None


def plan(unit: CompilationUnit, configuration: Configuration, store: RunLogStore, asked: Asked) -> Plan:
    """What the pipeline would do now. `store` has the earlier runs.

    Raises DefinitionError or ConfigurationError for what a run, or a compilation, would refuse, and RecordUnusable if
    the run that is named cannot be resumed.
    """
    target = asked.target or configured_target(unit, configuration)
    resumption = _resumption(store, asked.like, unit)
    unit = resumed(unit, resumption)
    notes: tuple[str, ...] = ()
    if target:
        accept(unit, [*unit.portability, *diagnose(unit, fixed=False)])
        if target == ARGO:
            sharing = decided(unit, configuration)
            unit, notes = sharing.unit, (*sharing.notes, *(one.message for one in sharing.warnings))
        program = unit.program
    else:
        unit = load_executor(unit, configuration).prepare(unit, configuration)
        stored = read_catalog(configuration).store is not None
        program = unit.program if stored else without_files(unit.program)
    planner = _Planner(program, unit, configuration, store, asked, cached=not target)
    found = planner.plan(target, resumption)
    return replace(found, notes=(*notes, *found.notes))


def _resumption(store: RunLogStore, like: Retry | None, unit: CompilationUnit) -> Resumption | None:
    if like is None:
        return None
    from runnable.runs.resume.request import request

    return request(store, like.run, unit.values, rerun_changed=like.rerun_changed)


class _Planner:
    def __init__(
        self,
        program: Program,
        unit: CompilationUnit,
        configuration: Configuration,
        store: RunLogStore,
        asked: Asked,
        *,
        cached: bool,
    ) -> None:
        self._program = program
        self._unit = unit
        self._configuration = configuration
        self._store = store
        self._asked = asked
        self._cached = cached and configuration.section(unit.executor).type in _HERE
        self._codes = CodeBook(program, unit.functions)
        self._changes = Changes(program.root, asked.files)
        catalog = read_catalog(configuration)
        self._storage = Storage(catalog.store, "", folder=catalog.folder)
        self._secrets, self._there = _secrets(program, configuration)

    def plan(self, target: str, resumption: Resumption | None) -> Plan:
        from runnable.planning.earlier import latest, resumable

        fate, compared, like = self._fate_of(), None, ""
        written = self._written() if target == ARGO else None
        notes = self._notes(target, written)
        if resumption is not None:
            record = resumable(self._program, self._store, resumption)
            try:
                fate, like = self._resumed(record, resumption), record.run_id
            except TaskFailure as failure:  # what it has returned is not in the store any more
                reason = failure.message
                cannot = CannotGoOnThere(run_id=record.run_id, target=target or "this machine", reason=reason)
                raise RecordUnusable([cannot]) from None
        elif (newest := latest(self._store, self._program.name)) is not None:
            try:
                compared = self._compared(newest)
            except (RecordUnusable, TaskFailure) as error:
                notes = (*notes, f"the newest run, {newest.run_id}, cannot be compared: {error}")
        steps = Expansion(self._program, fate).steps
        return Plan(
            program=self._program,
            steps=steps,
            target=target or "this machine",
            like=like,
            rerun_changed=resumption is not None and resumption.rerun_changed,
            latest=compared,
            secrets=self._there,
            argo=_on_argo(steps, written) if written is not None else None,
            notes=notes,
        )

    def _compared(self, newest: RunRecord) -> Compared:
        """What would become of the steps if the newest run were resumed, with what is given now."""
        values = {**newest.parameters, **self._unit.values}
        again = Resumption(newest.run_id, values, {}, rerun_changed=True)
        steps = Expansion(replace(self._program, parameters=values), self._resumed(newest, again)).steps
        return Compared(newest.run_id, str(newest.status), steps)

    def _fate_of(self) -> FateOf:
        """What becomes of tasks that are not taken from a run which is resumed."""
        if not self._cached or not any(task.options.cache for _, task in tasks(self._program.graph)):
            return _runs
        from runnable.execution.caching import Earlier
        from runnable.planning.caching import Caching
        from runnable.runs.stores.settings import open_store

        return Caching(
            program=self._program,
            codes=self._codes,
            earlier=Earlier(open_store(self._configuration), new_record(self._program, "", "")),
            storage=self._storage,
            secrets=self._secrets,
            changes=self._changes,
            knows_image=self._configuration.section(self._unit.executor).type != "local-container",
        )

    def _resumed(self, record: RunRecord, resumption: Resumption) -> FateOf:
        from runnable.planning.earlier import Resumed

        program, otherwise = replace(self._program, parameters=dict(resumption.parameters)), self._fate_of()
        return Resumed(program, record, resumption, self._codes, self._storage, self._changes, otherwise)

    def _written(self) -> Written:
        from runnable.targets import request_for
        from runnable.targets.argo import written

        request = request_for(ARGO, self._program, self._configuration, self._unit.functions)
        asked = self._asked
        request = replace(request, image=asked.image, name=asked.name, namespace=asked.namespace, kind=asked.kind)
        return written(request)

    def _notes(self, target: str, written: Written | None) -> tuple[str, ...]:
        found = _of_cache(self._program, written.settings.cache) if written is not None else []
        if target == ARGO and self._asked.like is not None:
            found.append("the sizes of the manifest and the status are those of the whole pipeline")
        if self._program.at_exit is not None:
            ends = " and ".join(one.name for one in self._program.at_exit.nodes)
            found.append(f"at the end, however it ends, and not counted: {ends}")
        if self._program.open:
            found.append(f"given when it is submitted: {', '.join(one.name for one in self._program.open)}")
        return tuple(found)


def _of_cache(program: Program, cache: StepCache | None) -> list[str]:
    """What becomes of steps with `cache=True` on Argo: whether they are in its cache is not looked up."""
    if cache is None:
        return (
            ["steps with cache=True always run on Argo"]
            if any(t.options.cache for _, t in tasks(program.graph))
            else []
        )
    found = [f"always runs, though it has cache=True: {step}, as {why}" for step, why in cache.left_out.items()]
    if cache.keys:
        found.append(f"takes no pod if Argo's cache has it ({cache.config_map}): {', '.join(cache.keys)}")
    return found


def _on_argo(steps: PlannedSteps, written: Written) -> OnArgo:
    from runnable.planning.argo import on_argo

    return on_argo(steps, written)


def _runs(task: Task, at: At, scope: Scope) -> Fate:
    return Fate()


def _secrets(program: Program, configuration: Configuration) -> tuple[Secrets, dict[str, bool]]:
    """The secrets that are there, and of all that steps name whether they are."""
    from runnable.execution.secrets import Secrets, open_secrets

    names = dict.fromkeys(name for _, task in tasks(joined_program(program).graph) for name in task.options.secrets)
    if not names:
        return Secrets(), {}
    try:
        return resolve_secrets(joined_program(program), configuration, hide=False), dict.fromkeys(names, True)
    except ConfigurationError:
        source = open_secrets(configuration)
        found = {name: source.find(name) for name in names}
        values = {name: value for name, value in found.items() if value is not None}
        return Secrets(values), {name: name in values for name in names}
