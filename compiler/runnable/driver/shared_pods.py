"""What recorded runs decide of the pods of a workflow: how many items share one, and which tasks, where that is open.

The newest runs of the pipeline say how long its steps take, or the one that the configuration names: the same records
give the same manifest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.configuration import Configuration
from runnable.diagnostics.codes.fusing import BatchUnknown, FuseUndecided
from runnable.diagnostics.errors import DefinitionError, RecordUnusable
from runnable.ir.unit import CompilationUnit
from runnable.passes.lowering.automatic import Pods, Seconds, Size, short_tasks, sizes, wants_sizes
from runnable.passes.lowering.automatic import decided as decided_graph
from runnable_runtime.deferred import dataclass

if TYPE_CHECKING:
    from runnable.diagnostics.diagnostic import Diagnostic
    from runnable.ir.nodes import Program
    from runnable.runs.stores.store import RunLogStore
    from runnable.targets.argo.config import ArgoKeys
    from runnable.targets.argo.settings import Settings
    from runnable_runtime.records.records import RunRecord

ARGO = "argo"
MOST_RUNS = 10
"""Runs that are looked at for a step that the newest ones have not ended."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A pipeline of which nothing about its pods is open, and the decisions, in words; and what is left open."""

    unit: CompilationUnit
    notes: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


def decided(unit: CompilationUnit, configuration: Configuration, seconds: Seconds | None = None) -> Decided:
    """The pipeline as Argo is to run it; `seconds` instead of what runs say.

    Raises DefinitionError (RN951) where it is not known how long an item takes.
    """
    program, section = unit.program, configuration.section("pipeline-executor")
    if not wants_sizes(program) and not (section.type == ARGO and section.config.get("fuse")):
        return Decided(unit)
    from runnable.targets import request_for
    from runnable.targets.argo.settings import read_settings

    settings = read_settings(request_for(ARGO, program, configuration))
    source = Source(seconds, "what is given of it") if seconds else _recorded(program, configuration, settings.keys)
    found, notes, warnings = _sizes(program, source, settings), [], []
    notes += [
        f"batch of {one.path!r} is {one.items}: an item takes {one.seconds or 0:.3g} s by {source.name}, "
        f"and a pod is to take {settings.keys.batch_time:.3g} s"
        for one in found
    ]
    short: set[str] = set()
    if settings.keys.fuse and source.nothing:
        warnings.append(FuseUndecided(reason=source.nothing))
    elif settings.keys.fuse:
        below = settings.keys.fuse_below
        short = short_tasks(program, source.seconds, below)
        notes.append(f"fuse: auto is for {len(short)} steps that take less than {below:.3g} s by {source.name}")
    graph = decided_graph(program.graph, {one.path: one.items for one in found}, short)
    return Decided(replace(unit, program=replace(program, graph=graph)), tuple(notes), tuple(warnings))


def _sizes(program: Program, source: Source, settings: Settings) -> list[Size]:
    from runnable.targets.kubernetes.pod_options import processors

    pods = Pods(settings.keys.batch_time, lambda task: processors(settings.pod_options(task)))
    found = list(sizes(program, source.seconds, pods))
    reason = source.nothing or f"nothing in {source.name} says how long an item takes"
    if unknown := [BatchUnknown(span=one.node.span, name=one.path, reason=reason) for one in found if not one.seconds]:
        raise DefinitionError(unknown)
    return found


@dataclass(frozen=True, slots=True)
class Source:
    """How long steps take, and what says so; `nothing` is why nothing does."""

    seconds: Seconds
    name: str
    nothing: str = ""


def _recorded(program: Program, configuration: Configuration, keys: ArgoKeys) -> Source:
    """How long steps took in the run that the configuration names, or else in the newest ones of the pipeline."""
    from runnable.runs.lookup import find_run
    from runnable.runs.stores.settings import open_store
    from runnable.simulation.known import Given, Known

    store = open_store(configuration)
    records = [store.read(find_run(store, keys.durations))] if keys.durations else _newest(store, program.name)
    if not records:
        return Source(lambda where: None, "", f"there is no run of {program.name!r} in {store.name}")
    usual: dict[str, float] = {}
    for record in reversed(records):
        usual |= Known.of(Given(), record).usual
    one = len(records) == 1
    return Source(usual.get, f"the run {records[0].run_id}" if one else f"the newest {len(records)} runs")


def _newest(store: RunLogStore, pipeline: str) -> list[RunRecord]:
    from runnable.runs.lookup import newest_first
    from runnable_runtime.records.records import RunRecord

    found: list[RunRecord] = []
    for run_id, header in newest_first(store):
        if len(found) == MOST_RUNS:
            break
        if isinstance(header, RunRecord) and header.pipeline == pipeline and not store.is_active(run_id):
            try:
                found.append(store.read(run_id))
            except RecordUnusable:
                continue
    return found
