"""What can be wrong with a program only where it becomes a Job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runnable.diagnostics.codes.approvals import NoApprovalInAJob
from runnable.diagnostics.codes.others import NoTemplateInAJob
from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.codes.targets import NoProgramInAJob, NotOneTask, TemplateIgnored
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import DefinitionError
from runnable.ir.amounts import amounts
from runnable.ir.nodes import ContainerRun, Locks, Program, Question, Task
from runnable.ir.others import TemplateCall
from runnable.ir.walk import tasks
from runnable.targets.k8s_job.settings import TARGET, Settings
from runnable.targets.kubernetes.checks import check_pods, fragment_images, image_moves
from runnable.targets.kubernetes.pod_store import fitted
from runnable.targets.target import CompileRequest

_WAY_OUT = (
    "give the pod a bucket: `catalog: {type: s3, bucket: ..., credentials_secret: ...}` in the configuration "
    "(-c FILE), or a volume: `pvc_claim_name` under `job-executor.config`"
)
_NO_LOCKS = "cannot be had in a Job of Kubernetes, which knows no locks: make a pipeline of it, for Argo"


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


def _refused(path: str, task: Task) -> Iterator[BadOption]:
    """What no Job has: locks, and resources that are known only when an attempt starts, for its pods are all alike."""
    for option in ("mutex", "semaphore"):
        if getattr(task.options, option):
            yield BadOption(span=task.span, owner=f"step {path!r}", option=option, reason=_NO_LOCKS)
    for where, amount in amounts(task.options.resources).items():
        reason = f"has {where} = {amount.encode()}, and all pods of a Job have the same: give a quantity"
        yield BadOption(span=task.span, owner=f"step {path!r}", option="resources", reason=reason)


def check(request: CompileRequest, settings: Settings) -> tuple[Program, list[Diagnostic]]:
    """The program as it runs with the store there is, and warnings.

    Raises DefinitionError for a job that needs a store and has none, or as `check_pods` does.
    """
    task = only_task(request.program)
    if isinstance(task.action, ContainerRun):
        raise DefinitionError([NoProgramInAJob(span=task.span, step=task.name, target=f"the target {TARGET}")])
    if isinstance(task.action, Question):
        raise DefinitionError([NoApprovalInAJob(span=task.span, step=task.name)])
    if isinstance(task.action, TemplateCall):
        raise DefinitionError([NoTemplateInAJob(span=task.span, step=task.name)])
    if task.image_from:
        task = _with_image(task, request.program)
        graph = replace(request.program.graph, nodes=(task,))
        request = replace(request, program=replace(request.program, graph=graph))
    check_pods(request.program, settings, _refused)
    if request.program.locks != Locks():
        reason = _NO_LOCKS
        span = request.program.graph.span
        raise DefinitionError([BadOption(span=span, owner="Pipeline", option="mutex, semaphore", reason=reason)])
    if request.program.at_exit is not None:
        reason = "cannot be had in a Job of Kubernetes, after which nothing runs: compile it for Argo"
        span = request.program.graph.span
        raise DefinitionError([BadOption(span=span, owner="Pipeline", option="on_exit, notify", reason=reason)])
    program = fitted(request, settings.store, f"the target {TARGET}", _WAY_OUT)
    pod = settings.pod_options(task)
    moving = [image_moves(task.name, task, pod), *fragment_images(task.name, task, pod)]
    ignored = [TemplateIgnored(span=task.span, step=task.name)] if task.options.template else []
    return program, [*filter(None, moving), *ignored]


def _with_image(task: Task, program: Program) -> Task:
    """`task` in the image that its parameter names: a Job has no parameters, and none is open here (RN336, RN355)."""
    value = program.parameters[task.image_from]
    return replace(task, options=replace(task.options, image=str(value)), image_from="")
