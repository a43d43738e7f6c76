"""What can be wrong with a program only where it becomes a Job."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.codes.targets import NotOneTask
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.nodes import Program, Task
from runnable.ir.walk import tasks
from runnable.targets.k8s_job.settings import AT, TARGET, Settings
from runnable.targets.kubernetes.checks import image_moves
from runnable.targets.kubernetes.pod_options import Leaf
from runnable.targets.kubernetes.pod_store import KEY_VARIABLES, TOKEN_VARIABLE, fitted
from runnable.targets.target import CompileRequest

_WAY_OUT = (
    "give the pod a bucket: `catalog: {type: s3, bucket: ..., credentials_secret: ...}` in the configuration "
    "(-c FILE), or a volume: `pvc_claim_name` under `job-executor.config`"
)


def only_task(program: Program) -> Task:
    """The task of a program that has no more than that. Raises DefinitionError (RN506) for any other."""
    graph = program.graph
    match graph.nodes:
        case (Task() as task,) if not graph.failing:
            return task
        case (Task(),):
            found = "its only step ends it with failure"
        case (other,):
            found = f"its step {other.name!r} has steps of its own"
        case _:
            found = f"it has {sum(1 for _ in tasks(graph))} tasks"
    raise DefinitionError(
        [NotOneTask(span=graph.span, pipeline=graph.name or program.name, target=TARGET, found=found)]
    )


def check(request: CompileRequest, settings: Settings) -> tuple[Program, list[Diagnostic]]:
    """The program as it runs with the store there is, and warnings.

    Raises DefinitionError for a job that needs a store and has none, ConfigurationError for what the configuration
    lacks.
    """
    task = only_task(request.program)
    leaf = settings.leaf(task)
    if found := [*settings.missing_overrides(task.name, task), *_secrets(task, settings, leaf)]:
        raise ConfigurationError(found)
    if clashes := list(_credentials(task, settings, leaf)):
        raise DefinitionError(clashes)
    program = fitted(request, settings.store, f"the target {TARGET}", _WAY_OUT)
    warning = image_moves(task.name, task, leaf)
    return program, [warning] if warning else []


def _secrets(task: Task, settings: Settings, leaf: Leaf) -> Iterator[ConfigurationInvalid]:
    for name in task.options.secrets:
        if name in dict(leaf.env):
            reason = f"the secret {name!r} is named, and `env` gives a variable of that name: give one"
            yield ConfigurationInvalid(span=task.span, file=settings.file, key=f"{AT}.env.{name}", reason=reason)
        elif settings.secret_key(name) is None:
            yield ConfigurationInvalid(
                span=task.span,
                file=settings.file,
                key=f"{AT}.secrets.{name}",
                reason=f"the secret {name!r} is named, and nothing says which Kubernetes Secret it is in: give "
                f"`secrets` with `{name}: SECRET/KEY`, or `secret_from_k8s: SECRET` for all",
            )


def _credentials(task: Task, settings: Settings, leaf: Leaf) -> Iterator[BadOption]:
    taken = {*KEY_VARIABLES, TOKEN_VARIABLE} if settings.credentials else set()
    for name in sorted(taken & {*dict(leaf.env), *task.options.secrets}):
        option = "secrets" if name in task.options.secrets else "env"
        reason = f"has {name!r}, which the store's credentials have"
        yield BadOption(span=task.span, owner=f"step {task.name!r}", option=option, reason=reason)
