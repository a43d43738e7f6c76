"""What can be wrong with steps only where Argo is the target."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.codes.targets import ImageMoves
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.nodes import Program, Task
from runnable.ir.walk import tasks
from runnable.targets.argo.expressions import has_tag
from runnable.targets.argo.settings import AT, Settings
from runnable.targets.kubernetes.checks import _secrets, image_moves
from runnable.targets.kubernetes.pod_store import KEY_VARIABLES, TOKEN_VARIABLE


def check_steps(program: Program, settings: Settings) -> None:
    """Raise DefinitionError for options that Argo would change, ConfigurationError for what it lacks.

    Steps ask for overrides, and for secrets, and the configuration says what these are. None may have the variables of
    the store's credentials.
    """
    tags: list[BadOption] = []
    missing: list[ConfigurationInvalid] = []
    taken = {*KEY_VARIABLES, TOKEN_VARIABLE} if settings.credentials else set()
    for path, task in tasks(program.graph):
        leaf = settings.leaf(task)
        tags += _tags(path, task)
        missing += settings.missing_overrides(path, task)
        missing += _secrets(path, task, settings, leaf)
        for name in taken & {*dict(leaf.env), *task.options.secrets}:
            if name in dict(task.options.env) or name in task.options.secrets:
                option = "env" if name in dict(task.options.env) else "secrets"
                reason = f"has {name!r}, which the store's credentials have"
                tags.append(BadOption(span=task.span, owner=f"step {path!r}", option=option, reason=reason))
            else:
                reason = f"the store's credentials, of the Secret {settings.credentials!r}, have this variable"
                missing.append(ConfigurationInvalid(file=settings.file, key=f"{AT}.env.{name}", reason=reason))
    if tags:
        raise DefinitionError(tags)
    if missing:
        raise ConfigurationError(missing)


def check_images(program: Program, settings: Settings) -> Iterator[Diagnostic]:
    """A warning for each image that may be another one tomorrow, or that nobody has named."""
    found: dict[str, ImageMoves] = {}
    for path, task in tasks(program.graph):
        leaf = settings.leaf(task)
        if task.is_idle or leaf.image in found:
            continue
        if (warning := image_moves(path, task, leaf)) is not None:
            found[leaf.image] = warning
    yield from found.values()


def _tags(path: str, task: Task) -> Iterator[BadOption]:
    options = task.options
    tolerated = [text for t in options.tolerations for text in (t.key, t.value) if text]
    texts = [("image", options.image or "")]
    texts += [("env", text) for _, text in options.env]
    texts += [("node_selector", text) for pair in options.node_selector for text in pair]
    texts += [("tolerations", text) for text in tolerated]
    for option, text in texts:
        if has_tag(text):
            reason = "has '{{' in it, which Argo would take for the start of a tag"
            yield BadOption(span=task.span, owner=f"step {path!r}", option=option, reason=reason)
