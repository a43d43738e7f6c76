"""From a pipeline to how long a run of it would take: the whole way on one screen. Nothing runs, nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from runnable.configuration import Configuration, validate
from runnable.configuration.yaml_file import read_mapping
from runnable.diagnostics.codes.simulation import DurationUnknown, TaskFitsNowhere, ValueDecides
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.driver.compile import configured_target
from runnable.driver.shared_pods import ARGO, decided
from runnable.executors import load_executor
from runnable.ir.nodes import Nothing, Program, Task
from runnable.ir.options import Options
from runnable.ir.unit import CompilationUnit
from runnable.ir.walk import walk
from runnable.passes import accept, diagnose
from runnable.simulation.engine import CannotSimulate, FitsNowhere, simulate
from runnable.simulation.known import Given, Known
from runnable.simulation.measured import Measured, measured
from runnable.simulation.place import Asked, Node, Place, asked_of
from runnable.simulation.prices import Prices
from runnable.simulation.sharing import NO_SHARING, Sharing
from runnable.simulation.simulated import Simulated
from runnable.simulation.variants import LARGEST, Variant, variants
from runnable.targets.kubernetes.pod_options import PodOptions, with_options
from runnable_runtime.deferred import dataclass

if TYPE_CHECKING:
    from runnable.diagnostics.span import Span
    from runnable.targets.argo.settings import Settings
    from runnable_runtime.records.records import RunRecord

POD_START = 5.0
"""Seconds from when a step is ready to when its pod runs it, where no run says it."""
DISPATCH = 0.002
"""Seconds that starting a task takes on this machine, where no run says it."""
INSIDE, INSIDE_WITH_BUCKET = 0.3, 1.0
"""Seconds that a task takes to start in a pod that it shares, where no run says it; and if it writes to a bucket."""
_UNSAID = {"cpu": "100m", "memory": "100Mi"}
"""What Argo counts for a container that asks for nothing (its docs on resource durations)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What the command line says: the target, a file of durations, and of the place what is to be otherwise."""

    target: str = ""
    durations: str = ""
    like: RunRecord | None = None
    at_once: int | None = None
    start: float | None = None
    nodes: tuple[Node, ...] = ()
    quota: Asked | None = None
    try_variants: bool | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The run, and what would change it; `prices` are the configuration's."""

    simulated: Simulated
    variants: tuple[Variant, ...]
    prices: Prices


def simulation(unit: CompilationUnit, configuration: Configuration, scenario: Scenario) -> Answer:
    """How long a run of the pipeline would take.

    Raises DefinitionError or ConfigurationError for what a run would refuse, and where something is not known.
    """
    target = scenario.target or configured_target(unit, configuration)
    prices = validate(Prices, configuration.prices, file=configuration.file, at="prices")
    if target:
        accept(unit, [*unit.portability, *diagnose(unit, fixed=False)])
    else:
        unit = load_executor(unit, configuration).prepare(unit, configuration)
    known = Known.of(_given(scenario.durations), scenario.like)
    notes: tuple[str, ...] = ()
    if target == ARGO:
        found = decided(unit, configuration, known.usual_seconds)
        unit, notes = found.unit, found.notes
    program = unit.program
    try:
        where = _on_argo(unit, configuration) if target == ARGO else _here(unit, configuration)
        place = _place(unit, scenario, where, known)
        simulated = simulate(program, known, place)
        simulated = replace(simulated, notes=(*notes, *simulated.notes))
        wanted = scenario.try_variants
        if wanted is None:
            wanted = len(simulated.ran) <= LARGEST
        tried = variants(program, known, simulated, where.sharing_if_any) if wanted else ()
        return Answer(simulated, tuple(tried), prices)
    except CannotSimulate as error:
        raise _not_known(program, error) from None
    except FitsNowhere as error:
        span = _span(program, error.where)
        raise ConfigurationError([TaskFitsNowhere(span=span, step=error.where)]) from None


def _given(file: str) -> Given:
    document = read_mapping(file, "file of durations") if file else {}
    return validate(Given, document, file=file, at="")


@dataclass(frozen=True, slots=True)
class _Where:
    """Where a pipeline runs: what pods have by the options of their steps, how many there are, and who shares one.

    `inside` are the seconds that a task takes to start in a pod that it shares. `sharing_of` raises DefinitionError for
    a program that asks for what cannot be.
    """

    is_cluster: bool
    pods: Callable[[Options], PodOptions]
    at_once: int | None
    sharing_of: Callable[[Program], Sharing]
    inside: float = 0.0

    def sharing_if_any(self, program: Program) -> Sharing:
        """The same, and none where the program asks for what cannot be, such as batches of a branch with a stub."""
        try:
            return self.sharing_of(program)
        except DefinitionError:
            return NO_SHARING


def _place(unit: CompilationUnit, scenario: Scenario, where: _Where, known: Known) -> Place:
    asked = cache(lambda options: asked_of(_requests(where.pods(options))))
    counted = cache(lambda options: asked_of({**_UNSAID, **_requests(where.pods(options))}))
    start, dispatch = (POD_START, 0.0) if where.is_cluster else (0.0, DISPATCH)
    sharing = where.sharing_of(unit.program)
    found, like = Measured(), scenario.like
    if like is not None and bool(like.workflow) is where.is_cluster:
        found = measured(unit.program, known, like, where.at_once, sharing)
        start = start if found.start is None else found.start
        dispatch = dispatch if found.dispatch is None else found.dispatch
    return Place(
        ARGO if where.is_cluster else "this machine",
        at_once=scenario.at_once or where.at_once,
        dispatch=dispatch,
        start=start if scenario.start is None else scenario.start,
        around=found.around,
        starts=found.starts if scenario.start is None else {},
        nodes=scenario.nodes,
        quota=scenario.quota,
        inside=where.inside if found.inside is None else found.inside,
        sharing=sharing,
        asked=lambda task: asked(task.options),
        counted=lambda task: counted(task.options),
    )


def _on_argo(unit: CompilationUnit, configuration: Configuration) -> _Where:
    from runnable.targets import request_for
    from runnable.targets.argo.fusing import fuse, has_locks
    from runnable.targets.argo.settings import read_settings
    from runnable.targets.kubernetes.pod_options import processors

    settings = read_settings(request_for(ARGO, unit.program, configuration))

    def sharing_of(program: Program) -> Sharing:
        return Sharing.of(fuse(program, settings), at_once)

    def at_once(task: Task) -> int:
        pod = settings.pod_options(task)
        return 1 if has_locks(pod) else processors(pod)

    opens = settings.run_log is not None and not settings.run_log.settings.is_folder
    inside = INSIDE_WITH_BUCKET if opens else INSIDE
    return _Where(True, partial(_pod_of, settings), settings.parallelism, sharing_of, inside)


def _pod_of(settings: Settings, options: Options) -> PodOptions:
    return settings.pod_options(Task("task", Nothing(), options=options))


def _here(unit: CompilationUnit, configuration: Configuration) -> _Where:
    from runnable.executors.settings import ConcurrencySettings

    section = configuration.section(unit.executor)
    names = ("enable_parallel", "max_workers")
    chosen = {name: section.config[name] for name in names if name in section.config}
    settings = validate(ConcurrencySettings, chosen, file=configuration.file, at=f"{unit.executor}.config")
    workers = settings.workers if settings.runs_concurrently(unit.program) else 1
    return _Where(False, partial(with_options, PodOptions(image="")), workers, lambda program: NO_SHARING)


def _requests(pod: PodOptions) -> dict[str, str]:
    """What a pod asks for; a limit stands for a request that is not given, as in Kubernetes."""
    return {**dict(pod.limits), **dict(pod.requests)}


def _not_known(program: Program, error: CannotSimulate) -> ConfigurationError:
    if error.where:
        span = _span(program, error.where)
        found = ValueDecides(span=span, step=error.where, parameter=error.parameter, source=error.source)
        return ConfigurationError([found])
    return ConfigurationError([DurationUnknown(span=_span(program, where), step=where) for where in error.untimed])


def _span(program: Program, where: str) -> Span | None:
    return next((node.span for path, node in walk(program.graph) if path == where), None)
