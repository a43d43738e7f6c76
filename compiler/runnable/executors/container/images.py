"""The images of a program's tasks: looked at, and fetched, before anything runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from runnable.container_engine import Engine, EngineError, Image, Machine
from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.codes.containers import ImageMissing, ImageUnusable
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError
from runnable.diagnostics.span import Span
from runnable.diagnostics.terminal import say
from runnable.executors.container.arguments import Origin, version_container
from runnable.executors.container.settings import NAME, ContainerSettings
from runnable.executors.container.shape import shape_of
from runnable.ir.nodes import ContainerRun, Nothing, Program, Question, Task
from runnable.ir.others import TemplateCall
from runnable.ir.walk import tasks
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import PROTOCOL_LABEL, PROTOCOL_VERSION
from runnable_runtime.records import origin as records

_VERSION_WORDS = "task protocol "


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who wants an image: which step's option, or which key of the configuration."""

    by: str
    span: Span | None = None


@dataclass(slots=True)
class KnownImages:
    """The images of a run by name: those that were found before it began, and those that parameters name meanwhile.

    With `runtime` they are to have our runtime, and what is read as an image without it is refused.
    """

    engine: Engine
    machine: Machine
    origin: Origin
    runtime: bool
    found: dict[str, Image]

    def of(self, reference: str) -> Image:
        """The image of that name. Raises EngineError if it cannot be had, or used."""
        if reference not in self.found:
            image, problem = find_image(reference, Wanted("a parameter"), self.engine)
            if image is None:
                raise EngineError(f"{problem.message}: {problem.reason}" if problem else reference)
            if self.runtime and (reason := _unusable(image, self.engine, self.machine, self.origin)):
                raise EngineError(f"the image {reference!r} cannot run tasks: {reason}")
            self.found[reference] = image
        return self.found[reference]

    def machine_of(self, reference: str) -> records.Machine:
        """What records have of where a task ran whose image is known by that name already."""
        return records.Machine(image=reference, digest=self.found[reference].id)


def named_image(task: Task, program: Program) -> str:
    """The image that a step names itself, as far as it is known before the run; empty for none."""
    given = program.parameters.get(task.image_from) if task.image_from else None
    return given if isinstance(given, str) and given else task.options.image or ""


def check_overrides(program: Program, settings: ContainerSettings, file: str) -> None:
    """Raise ConfigurationError if a step asks for an override that the configuration has not."""
    problems: list[Diagnostic] = [
        ConfigurationInvalid(
            span=task.span,
            file=file,
            key=f"pipeline-executor.config.overrides.{key}",
            reason=f"the step {path!r} asks for it by overrides={{{NAME!r}: {key!r}}}, and it is not there",
            known=tuple(settings.overrides),
        )
        for path, task in tasks(program.graph)
        for key in task.options.overrides_for(NAME)
        if key not in settings.overrides
    ]
    if problems:
        raise ConfigurationError(problems)


def find_images(
    program: Program, settings: ContainerSettings, engine: Engine, machine: Machine, origin: Origin
) -> dict[str, Image]:
    """The images that the tasks of `program` run in, by name; those that the engine has not are fetched.

    Raises ConfigurationError, with one diagnostic an image, for those that cannot be had or used.
    """
    found: dict[str, Image] = {}
    problems: list[Diagnostic] = []
    for reference, wanted in _wanted(program, settings).items():
        problem: Diagnostic | None
        image, problem = find_image(reference, wanted, engine)
        if image is not None:
            reason = _unusable(image, engine, machine, origin)
            problem = ImageUnusable(span=wanted.span, image=reference, by=wanted.by, reason=reason) if reason else None
            found[reference] = image
        if problem is not None:
            problems.append(problem)
    if problems:
        raise ConfigurationError(problems)
    return found


def _wanted(program: Program, settings: ContainerSettings) -> dict[str, Wanted]:
    """By name of the image, who wants it first."""
    found: dict[str, Wanted] = {}
    for path, task in _containers(program):
        own = named_image(task, program)
        if task.image_from and not own:
            continue  # what it is, a step before it says
        image = own or shape_of(task.options, settings, processors=1).image
        if own:
            by = f"the step {path!r}"
        elif any(settings.overrides[key].docker_image for key in task.options.overrides_for(NAME)):
            by = f"pipeline-executor.config.overrides.{task.options.overrides_for(NAME)[-1]}"
        else:
            by = "pipeline-executor.config.docker_image"
        found.setdefault(image, Wanted(by, task.span if own else None))
    return found


def _containers(program: Program) -> Iterator[tuple[str, Task]]:
    """The tasks that the runtime of an image runs."""
    for path, task in tasks(program.graph):
        if not isinstance(task.action, Nothing | ContainerRun | Question | TemplateCall):
            yield path, task


def find_image(reference: str, wanted: Wanted, engine: Engine) -> tuple[Image | None, ImageMissing | None]:
    """The image, as the engine has it or fetched; or why it cannot be had."""
    try:
        image = engine.image(reference)
        if image is None:
            say(f"pulling {reference}", file=sys.stderr)
            engine.pull(reference)
            image = engine.image(reference)
        reason = "it was pulled, and is not there all the same"
    except EngineError as error:
        image, reason = None, str(error)
    if image is not None:
        return image, None
    return None, ImageMissing(span=wanted.span, image=reference, by=wanted.by, reason=reason)


def _unusable(image: Image, engine: Engine, machine: Machine, origin: Origin) -> str:
    """What is wrong with the runtime in the image, empty if nothing is.

    An image for another kind of processor is asked whatever it says of itself: the engine may emulate that one.
    """
    version = image.labels.get(PROTOCOL_LABEL) or None
    foreign = bool(machine.architecture and image.architecture) and image.architecture != machine.architecture
    if version is None or foreign:
        version, reason = _asked_version(image, engine, origin)
        if version is None and foreign:
            return f"it is for {image.architecture}, and this machine is {machine.architecture} ({reason})"
        if version is None:
            return reason
    if version == str(PROTOCOL_VERSION):
        return ""
    return f"it has task protocol {version}, and this runnable has {PROTOCOL_VERSION}"


def _asked_version(image: Image, engine: Engine, origin: Origin) -> tuple[str | None, str]:
    """What the runtime of an image without the label says of itself, or what came instead."""
    container = ""
    try:
        container = engine.create("", version_container(image.id, origin))
        engine.start(container)
        engine.ended(container)
        printed = engine.printed(container).strip()
    except EngineError as error:
        return None, f"it cannot be started: {error}"
    finally:
        if container:
            engine.remove(container)
    if printed.startswith("runnable_runtime ") and _VERSION_WORDS in printed:
        return printed.rpartition(_VERSION_WORDS)[2], ""
    last = printed.splitlines()[-1] if printed else "it printed nothing"
    return None, f"it has no runtime of runnable (asked for its version, it said: {last})"
