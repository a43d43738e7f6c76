"""What can be wrong with steps only where Argo is the target."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.codes.targets import ImageFromParameter, ImageMoves, NoFailFast, TimeoutOfComposite
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import DefinitionError
from runnable.ir.at_exit import joined_program
from runnable.ir.nodes import FanOut, Graph, Podless, Program, Task
from runnable.ir.options import DECLARATIONS, Scope, given, texts_in
from runnable.ir.walk import tasks, walk
from runnable.passes.checks.parameters import missing_parameters
from runnable.targets.argo.expressions import TAG, has_tag
from runnable.targets.argo.settings import Settings
from runnable.targets.kubernetes.checks import check_pods, fragment_images, image_moves


def check_steps(program: Program, settings: Settings) -> None:
    """Raise as `check_pods` does, and DefinitionError for options that Argo would change, or what stays open."""
    everything = joined_program(program)
    check_pods(everything, settings, _tags)
    if cannot := list(_timeouts(everything)):
        raise DefinitionError(cannot)
    if settings.schedules and (left := list(missing_parameters(program, ", and a schedule gives it none"))):
        raise DefinitionError(left)


def _timeouts(program: Program) -> Iterator[Diagnostic]:
    """A diagnostic for each timeout of a composite or a branch: Argo takes none for a template that is a DAG."""
    for path, node in walk(program.graph):
        if not isinstance(node, Task) and node.timeout is not None:
            yield TimeoutOfComposite(span=node.span, path=path)


def check_fail_fast(program: Program) -> Iterator[Diagnostic]:
    """A warning for each Parallel and Map with `fail_fast`, which nothing in a manifest can say."""
    for _, node in walk(program.graph):
        if isinstance(node, Graph | FanOut) and node.fail_fast:
            yield NoFailFast(span=node.span, step=node.name)


def check_images(program: Program, settings: Settings) -> Iterator[Diagnostic]:
    """A warning for each image that may be another one tomorrow, or that nobody has named; a hint for unknown ones."""
    found: dict[str, ImageMoves] = {}
    for path, task in tasks(program.graph):
        if task.is_idle or isinstance(task.action, Podless):
            continue
        pod = settings.pod_options(task)
        for warning in fragment_images(path, task, pod):
            found.setdefault(warning.image, warning)
        if task.image_from:
            yield ImageFromParameter(span=task.span, step=path, parameter=task.image_from)
        elif pod.image not in found and (warning_of := image_moves(path, task, pod)) is not None:
            found[pod.image] = warning_of
    yield from found.values()


def _tags(path: str, task: Task) -> Iterator[BadOption]:
    """The options of `task` in whose texts Argo would look for something to replace."""
    for option, value in given(task.options):
        if DECLARATIONS[option].scope is Scope.CONFIGURATION:
            continue  # it names a key, and is not written
        if DECLARATIONS[option].scope is Scope.ARGO:
            continue  # it is written in Argo's words, and its tags are meant
        if any(map(has_tag, texts_in(value))):
            reason = f"has '{TAG}' in it, which Argo would take for the start of a tag"
            yield BadOption(span=task.span, owner=f"step {path!r}", option=option, reason=reason)
