"""What can be wrong with steps only where Argo is the target."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.codes.targets import ImageMoves
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import DefinitionError
from runnable.ir.nodes import Program, Task
from runnable.ir.options import DECLARATIONS, Scope, given, texts_in
from runnable.ir.walk import tasks
from runnable.passes.checks.parameters import missing_parameters
from runnable.targets.argo.expressions import TAG, has_tag
from runnable.targets.argo.settings import Settings
from runnable.targets.kubernetes.checks import check_pods, image_moves


def check_steps(program: Program, settings: Settings) -> None:
    """Raise as `check_pods` does, and DefinitionError for options that Argo would change, or what stays open."""
    check_pods(program, settings, _tags)
    if settings.schedules and (left := list(missing_parameters(program, ", and a schedule gives it none"))):
        raise DefinitionError(left)


def check_images(program: Program, settings: Settings) -> Iterator[Diagnostic]:
    """A warning for each image that may be another one tomorrow, or that nobody has named."""
    found: dict[str, ImageMoves] = {}
    for path, task in tasks(program.graph):
        pod = settings.pod_options(task)
        if task.is_idle or pod.image in found:
            continue
        if (warning := image_moves(path, task, pod)) is not None:
            found[pod.image] = warning
    yield from found.values()


def _tags(path: str, task: Task) -> Iterator[BadOption]:
    """The options of `task` in whose texts Argo would look for something to replace."""
    for option, value in given(task.options):
        if DECLARATIONS[option].scope is Scope.CONFIGURATION:
            continue  # it names a key, and is not written
        if any(map(has_tag, texts_in(value))):
            reason = f"has '{TAG}' in it, which Argo would take for the start of a tag"
            yield BadOption(span=task.span, owner=f"step {path!r}", option=option, reason=reason)
