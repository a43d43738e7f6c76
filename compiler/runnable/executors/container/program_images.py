"""The engine and the images for steps that run an image of their own: found before anything of a run starts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from runnable.container_engine import Engine, EngineError, Image, Machine, unavailable
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError
from runnable.execution.launcher import Launcher, TaskStart
from runnable.execution.run import RunContext
from runnable.executors.container.arguments import Origin, program_container
from runnable.executors.container.images import KnownImages, Wanted, find_image, named_image
from runnable.executors.container.programs import ProgramLauncher
from runnable.executors.container.settings import ContainerSettings
from runnable.executors.container.shape import Shape, shape_of
from runnable.ir.nodes import ContainerRun, Program
from runnable.ir.walk import tasks
from runnable.runs import owners
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import ATTEMPT_VARIABLE, RUN_ID_VARIABLE

_ROOT = ("", "0", "root")
USER = "1000:1000"
"""What pods run as by default, and an image whose own user is root does here."""


@dataclass(frozen=True, slots=True)
class ProgramImages:
    """The engine, and the images by name."""

    engine: Engine
    machine: Machine
    images: KnownImages
    settings: ContainerSettings

    @contextmanager
    def around(self, launcher: Launcher, context: RunContext) -> Iterator[Launcher]:
        """The launcher for a run, which runs these steps itself and leaves the other tasks to `launcher`."""

        def describe(
            task: TaskStart, run: ContainerRun, words: list[str], shape: Shape, origin: Origin
        ) -> dict[str, Any]:
            named = {*dict(task.options.env), *task.options.secrets, ATTEMPT_VARIABLE}
            own = {name: value for name, value in task.environment.items() if name in named}
            variables = {RUN_ID_VARIABLE: context.run_id, **own}
            user = user_of(self.images.of(shape.image))
            return program_container(shape, origin, words, user=user, folder=run.working_dir, variables=variables)

        own = ProgramLauncher(
            launcher,
            self.engine,
            context.progress,
            Origin(run_id=context.run_id, owner=owners.this_process()),
            shape_of=lambda options: shape_of(options, self.settings, self.machine.processors),
            describe=describe,
            machine_of=lambda shape: self.images.machine_of(shape.image),
        )
        with closing(own):
            yield own


def open_images(program: Program, settings: ContainerSettings | None = None) -> ProgramImages | None:
    """What the steps of `program` with an image of their own need; None if it has none.

    Raises ConfigurationError where there is no engine (RN701), or an image cannot be had (RN702).
    """
    wanted: dict[str, Wanted] = {}
    own = [(p, t) for p, t in tasks(program.graph) if isinstance(t.action, ContainerRun)]
    own = [(path, task) for path, task in own if task.options.image or task.image_from]  # a stub has neither
    if not own:
        return None
    for path, task in own:
        if named := named_image(task, program):
            wanted.setdefault(named, Wanted(f"the step {path!r}", task.span))
    try:
        engine = Engine.connect()
        machine = engine.machine()
    except EngineError as error:
        raise unavailable(error) from None
    found: dict[str, Image] = {}
    problems: list[Diagnostic] = []
    for reference, one in wanted.items():
        image, problem = find_image(reference, one, engine)
        if image is not None:
            found[reference] = image
        if problem is not None:
            problems.append(problem)
    if problems:
        raise ConfigurationError(problems)
    known = KnownImages(engine, machine, Origin(run_id="", owner=owners.this_process()), runtime=False, found=found)
    return ProgramImages(engine, machine, known, settings or ContainerSettings(docker_image=""))


def user_of(image: Image) -> str:
    """Whom programs of an image run as: its own user, and nobody's 1000 where that is root, as in a pod."""
    return USER if image.user.partition(":")[0] in _ROOT else image.user
