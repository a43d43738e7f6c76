"""The run of the executor local-container: a program and its images to the record of its run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from types import MappingProxyType
from typing import Any, Unpack

from runnable.configuration.catalog import NO_CATALOG, CatalogSettings
from runnable.container_engine import Engine, EngineError, Image, Machine, unavailable
from runnable.execution.launcher import Launcher, Outcome, TaskStart
from runnable.execution.progress.events import Progress
from runnable.execution.run import RunContext, RunOptions
from runnable.execution.run import run as run_program
from runnable.executors.container.arguments import OWNER_LABEL, Mount, Origin, Place, session_container
from runnable.executors.container.images import KnownImages, check_overrides, find_images
from runnable.executors.container.launcher import ContainerLauncher
from runnable.executors.container.left_out import left_out
from runnable.executors.container.program_images import open_images, user_of
from runnable.executors.container.quantities import nano_cpus
from runnable.executors.container.settings import ContainerSettings
from runnable.executors.container.shape import Shape, shape_of
from runnable.executors.container.store import ContainerStore, store_of
from runnable.ir.amounts import at_attempt
from runnable.ir.nodes import Graph, Program, Task
from runnable.ir.walk import tasks
from runnable.runs import owners
from runnable.runs.code import Functions
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import RUN_ID_VARIABLE
from runnable_runtime.records.records import RunRecord, Status

_FOLDER = "/app"
"""Where code is mounted in an image without a working folder of its own."""


def run(
    program: Program,
    settings: ContainerSettings,
    store: RunLogStore,
    *,
    file: str = "",
    functions: Functions = MappingProxyType({}),
    **options: Unpack[RunOptions],
) -> RunRecord:
    """Run `program` and return its record, whose status is `succeeded` or `failed`; see `execution.run.run`.

    `file` is the configuration's, for messages; `functions` are only told about in the record. Raises
    ConfigurationError, before anything runs, where there is no engine, or no image that its tasks can run in.
    """
    opened = _open(program, settings, file, options.get("run_id", ""), options.get("catalog", NO_CATALOG))
    concurrent = settings.runs_concurrently(program)
    own = open_images(program, settings)
    notices = (*_too_few_processors(program, opened.machine), *left_out(program))

    @contextmanager
    def open_launcher(context: RunContext) -> Iterator[Launcher]:
        capacity = settings.workers if concurrent else 1
        launcher = opened.launcher(settings, context.progress, context.run_id, capacity)
        with closing(launcher):
            if own is None:
                yield launcher
                return
            with own.around(launcher, context) as outer:
                yield outer

    options["image_of"] = lambda task: opened.images.of(shape_of(task, settings, opened.machine.processors).image).id
    return run_program(program, store, open_launcher, notices=notices, functions=functions, **options)


def run_one(
    task: TaskStart, settings: ContainerSettings, catalog: CatalogSettings, progress: Progress, run_id: str
) -> Outcome:
    """Run one attempt that belongs to no run which is under way, in a container of its own; Ctrl-C ends it.

    Raises ConfigurationError, before it runs, where there is no engine, or its image cannot be used.
    """
    node = Task(name=task.path, action=task.action, options=task.options)
    program = Program(name="one", graph=Graph(name="one", nodes=(node,)), root=str(task.project))
    opened = _open(program, settings, "", run_id, catalog)
    launcher = opened.launcher(settings, progress, run_id, 1)
    with closing(launcher):
        launcher.start(task)
        try:
            while (end := launcher.wait(1.0)) is None:
                pass
        except KeyboardInterrupt:
            launcher.stop(lambda: False)
            return Outcome(status=Status.INTERRUPTED, message="interrupted")
    return end.outcome


@dataclass(frozen=True, slots=True)
class _Opened:
    """The engine, with all that is known of it and of the images before anything runs."""

    engine: Engine
    owner: str
    machine: Machine
    kept: ContainerStore
    images: KnownImages
    mount: str

    def launcher(
        self, settings: ContainerSettings, progress: Progress, run_id: str, capacity: int
    ) -> ContainerLauncher:
        """A launcher for one run, whose store is made ready for it."""
        self.kept.prepare(run_id)
        variables = {RUN_ID_VARIABLE: run_id, **self.kept.variables}

        def describe(shape: Shape, origin: Origin) -> dict[str, Any]:
            place = _place(self.images.of(shape.image), self.mount, self.kept.mount, self.machine)
            return session_container(shape, origin, place, variables=variables)

        return ContainerLauncher(
            self.engine,
            progress,
            Origin(run_id=run_id, owner=self.owner),
            capacity=capacity,
            reuse=settings.reuse,
            shape_of=lambda options: shape_of(options, settings, self.machine.processors),
            describe=describe,
            machine_of=lambda shape: self.images.machine_of(shape.image),
        )


def _open(program: Program, settings: ContainerSettings, file: str, run_id: str, catalog: CatalogSettings) -> _Opened:
    check_overrides(program, settings, file)
    owner = owners.this_process()
    try:
        engine = Engine.connect()
        remove_left_over(engine)
        machine = engine.machine()
        origin = Origin(run_id=run_id, owner=owner)
        images = find_images(program, settings, engine, machine, origin)
    except EngineError as error:
        raise unavailable(error) from None
    mount = os.path.abspath(program.root or ".") if settings.mount_code else ""  # noqa: PTH100 - links stay as they are
    known = KnownImages(engine, machine, origin, runtime=True, found=images)
    return _Opened(engine, owner, machine, store_of(catalog), known, mount)


def remove_left_over(engine: Engine) -> tuple[str, ...]:
    """Remove the containers of this machine's processes that have ended without doing so; returns their ids."""
    left = tuple(container for container, owner in engine.labelled(OWNER_LABEL).items() if owners.is_dead(owner))
    for container in left:
        with suppress(EngineError):  # nor does the next start depend on it
            engine.remove(container)
    return left


def _place(image: Image, mount: str, kept: Mount | None, machine: Machine) -> Place:
    """Where tasks run in `image`, with the folder `mount` over its working folder, and the store's folder `kept`.

    Where a folder of this machine is mounted, the user is whoever runs this, since its files may be readable to nobody
    else. Otherwise it is the image's own user, as in a pod, unless that is root.
    """
    user = user_of(image)
    mounts = (kept,) if kept is not None else ()
    if not mount and not mounts:
        return Place(image.folder, user)
    if machine.rootless:
        user = "0:0"  # which is the invoking user outside, without the powers of root
    elif hasattr(os, "getuid") and os.getuid() != 0:
        user = f"{os.getuid()}:{os.getgid()}"
    if not mount:
        return Place(image.folder, user, mounts)
    folder = _FOLDER if image.folder == "/" else image.folder
    return Place(folder, user, (Mount(mount, folder), *mounts))


def _too_few_processors(program: Program, machine: Machine) -> Iterator[str]:
    for path, task in tasks(program.graph):
        resources = at_attempt(task.options, 1, {}).resources
        cpu = resources and resources.limit("cpu")
        if cpu and nano_cpus(cpu) > machine.processors * 10**9:
            yield f"{path} asks for {cpu} processors, and gets the {machine.processors} that there are"
