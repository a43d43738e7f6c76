"""Building the image of a project. Its tag is a digest of its content, and an image that exists is not built again."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from runnable.configuration.project import enclosing_project
from runnable.container_engine import Engine, EngineError, builds, unavailable
from runnable.diagnostics.codes.containers import BuildFailed, PushFailed, RuntimeLeftOut
from runnable.diagnostics.errors import OutputError
from runnable.diagnostics.terminal import say
from runnable.images import buildx, loading
from runnable.images.context import ContextError, archive, digest
from runnable.images.failures import build_failed
from runnable.images.project import default_base_image, default_repository, project_image
from runnable.images.recipe import BuildOptions, Recipe
from runnable.images.runtime import REPOSITORY, runtime_context, runtime_reference
from runnable_runtime.protocol import PROTOCOL_LABEL, PROTOCOL_VERSION

BASE = "BASE"
"""The build argument that names the runtime image."""


def build_project(project: Path, options: BuildOptions, *, file: str = "", extras: tuple[str, ...] = ()) -> str:
    """Build the image of `project`, with `file` as its Dockerfile, and return its reference, with digest if pushed.

    Raises ConfigurationError where there is no engine, or the project cannot be understood, and OutputError where the
    build, a push or a load fails.
    """
    recipes, notes = project_recipes(project, options, file=file, extras=extras)
    for note in notes:
        _say(note)
    return _finish(recipes, options)


def project_recipes(
    project: Path, options: BuildOptions, *, file: str = "", extras: tuple[str, ...] = ()
) -> tuple[list[Recipe], tuple[str, ...]]:
    """The runtime image that the image of `project` begins with, and that image, as they would be built; and notes.

    Raises OutputError if a file cannot be read, ConfigurationError if the project cannot be understood.
    """
    repository = options.repository or default_repository(project)
    base = _runtime(options, options.base_image or default_base_image(project), REPOSITORY)
    arguments = {**options.arguments, BASE: base.reference}
    with _readable(repository):
        image = project_image(project, file, extras)
        tag = digest(image.context, image.dockerfile, *_texts(arguments), *options.platforms)
    return [base, Recipe(repository, tag, image.context, image.dockerfile, arguments)], tuple(image.notes)


def build_base(options: BuildOptions) -> str:
    """Build the runtime image alone, and return its reference. Raises as `build_project`."""
    base_image = options.base_image or default_base_image(enclosing_project(Path.cwd()))
    return _finish([_runtime(options, base_image, options.repository or REPOSITORY)], options)


@contextmanager
def _readable(image: str) -> Iterator[None]:
    try:
        yield
    except ContextError as error:
        raise OutputError(BuildFailed(image=image, step="", reason=str(error)).render()) from None


def _runtime(options: BuildOptions, base_image: str, repository: str) -> Recipe:
    context = runtime_context()
    arguments = {**options.arguments, "BASE_IMAGE": base_image}
    reference = runtime_reference(context, "\n".join([*_texts(arguments), *options.platforms]), repository)
    return Recipe(repository, reference.rpartition(":")[2], context, "Dockerfile", arguments)


def _texts(arguments: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in sorted(arguments.items())]


def _finish(recipes: list[Recipe], options: BuildOptions) -> str:
    """Build the recipes, each of which may start from the one before; push or load the last, as the options say."""
    if len(options.platforms) > 1:
        return buildx.build(recipes, options)
    try:
        engine = Engine.connect()
        for recipe in recipes:
            _build(engine, recipe, options)
        image = recipes[-1]
        _check(engine, image)
        for tag in options.tags:
            builds.tag(engine, image.reference, image.repository, tag)
        reference = _push(engine, image, options.tags) if options.push else image.reference
    except EngineError as error:
        raise unavailable(error) from None
    if options.load:
        loading.load(image.reference, options.load)
    return reference


def _build(engine: Engine, recipe: Recipe, options: BuildOptions) -> None:
    if not options.fresh and engine.image(recipe.reference) is not None:
        _say(f"{recipe.reference} is there already")
        return
    _say(f"building {recipe.reference}")
    try:
        with _readable(recipe.reference), archive(recipe.context) as stream:
            builds.build(
                engine,
                stream,
                dockerfile=recipe.dockerfile,
                tag=recipe.reference,
                arguments=recipe.arguments,
                labels=recipe.labels,
                network=options.network,
                platform=next(iter(options.platforms), ""),
                fresh=options.fresh,
                show=_show,
            )
    except builds.StepFailed as error:
        raise OutputError(build_failed(recipe.reference, error, recipe.arguments).render()) from None


def _check(engine: Engine, recipe: Recipe) -> None:
    """Raise OutputError, and remove the image's name, if the image lacks the runtime."""
    image = engine.image(recipe.reference)
    if image is not None and image.labels.get(PROTOCOL_LABEL) == str(PROTOCOL_VERSION):
        return
    builds.forget(engine, recipe.reference)
    raise OutputError(RuntimeLeftOut(dockerfile=recipe.dockerfile, argument=BASE).render())


def _push(engine: Engine, recipe: Recipe, tags: tuple[str, ...]) -> str:
    digest_of = ""
    for tag in (*tags, recipe.tag):
        _say(f"pushing {recipe.repository}:{tag}")
        try:
            digest_of = builds.push(engine, recipe.repository, tag, _show)
        except EngineError as error:
            failed = PushFailed(image=f"{recipe.repository}:{tag}", reason=str(error))
            raise OutputError(failed.render()) from None
    return f"{recipe.reference}@{digest_of}" if digest_of else recipe.reference


def _show(text: str) -> None:
    with suppress(OSError):  # as `say`, but for what steers the terminal: progress does
        sys.stderr.write(text)


def _say(text: str) -> None:
    say(text, file=sys.stderr)
