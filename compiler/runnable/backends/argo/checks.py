"""What can be wrong with steps only where Argo is the target."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.backends.argo.expressions import has_tag
from runnable.backends.argo.settings import AT, Settings, asked_overrides
from runnable.diagnostics.codes import BadOption, ConfigurationInvalid
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.nodes import Program, Task
from runnable.ir.walk import tasks


def check_steps(program: Program, settings: Settings) -> None:
    """Raise DefinitionError for options that Argo would change, ConfigurationError for overrides that are not there.

    A configuration without the section `overrides` has nothing to say about them, so steps may ask for any.
    """
    tags: list[BadOption] = []
    missing: list[ConfigurationInvalid] = []
    for path, task in tasks(program.graph):
        tags += _tags(path, task)
        missing += _missing(path, task, settings)
    if tags:
        raise DefinitionError(tags)
    if missing:
        raise ConfigurationError(missing)


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


def _missing(path: str, task: Task, settings: Settings) -> Iterator[ConfigurationInvalid]:
    overrides = settings.keys.overrides
    for key in asked_overrides(task):
        if overrides is not None and key not in overrides:
            yield ConfigurationInvalid(
                span=task.span,
                file=settings.file,
                key=f"{AT}.overrides.{key}",
                reason=f"step {path!r} asks for this key, and it is not there",
                known=tuple(overrides),
            )
