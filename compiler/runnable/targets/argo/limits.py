"""What one object may hold. Argo's lint checks none of it; the API server and the controller refuse it or get stuck."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runnable.diagnostics.codes.targets import TooLarge
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import FanOut, Graph, Loop, Node, Program, Switch, Task
from runnable.ir.walk import tasks, walk
from runnable.targets.argo.api import models
from runnable.targets.argo.settings import Settings
from runnable.targets.argo.sizes import workflow_size
from runnable.targets.argo.workflow_nodes import least_nodes
from runnable_runtime.deferred import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a pipeline is cut into: parts of a graph, and objects.

    `nodes` of one DAG: the schema takes 200, but a controller's work for one grows with their square. `templates` of
    one object, and its bytes (`size`): `kubectl apply` keeps an object in an annotation of it, which takes 256 KiB.
    `workflow`: bytes that the controller lets a workflow have while it runs.
    """

    nodes: int = 100
    templates: int = 200
    size: int = 250_000
    workflow: int = 1024 * 1024


MOST_DAG_TASKS = 200
MOST_ARGUMENTS = 500
LONGEST_ARGUMENT = 128 * 1024
"""Bytes of one argument; the kernel takes no longer ones."""
MOST_DEPTH = 98
"""Templates that call each other. The controller stops at 100; a loop's iteration is called by the one before it, and
the one call of `split` comes on top."""


def check_limits(spec: models.WorkflowSpec) -> Iterator[Diagnostic]:
    """A diagnostic for everything in `spec` that is too large."""
    arguments = (spec.arguments.parameters if spec.arguments else None) or []
    if len(arguments) > MOST_ARGUMENTS:
        yield TooLarge(
            what="parameters of the pipeline",
            found=len(arguments),
            limit=MOST_ARGUMENTS,
            way_out="make them the entries of a few parameters that are mappings",
        )
    for argument in arguments:
        yield from _check_text(f"the value of parameter {argument.name!r}", argument.value)
    for template in spec.templates or []:
        yield from _check_template(template)


def check_depth(program: Program) -> Iterator[Diagnostic]:
    """A diagnostic, for the longest loop if there is one, if the templates of `program` would nest too deeply."""
    depth = _depth(program.graph)
    if depth <= MOST_DEPTH:
        return
    loops = [node for _, node in walk(program.graph) if isinstance(node, Loop)]
    if not loops:
        yield TooLarge(
            what="calls inside of each other, of branches in branches or of steps with failure handlers",
            found=depth,
            limit=MOST_DEPTH,
            way_out="nest less, or handle the failures of several steps together, with a Parallel of one branch",
        )
        return
    loop = max(loops, key=lambda found: found.max_iterations)
    yield TooLarge(
        span=loop.span,
        what=f"calls inside of each other, {loop.max_iterations} of them the iterations of {loop.name!r}",
        found=depth,
        limit=MOST_DEPTH,
        way_out=f"lower max_iterations of {loop.name!r}, or repeat more in one step: loops in loops add up",
    )


def _depth(node: Node) -> int:
    """How many templates call each other to run `node`, itself included."""
    match node:
        case Task():
            return 2 if node.has_own_dag else 1
        case Graph():
            return 1 + max(map(_depth, node.nodes))
        case FanOut():
            return (1 if node.reduce is None and node.failures is None else 2) + _depth(node.body)
        case Switch():
            return 1 + max(map(_depth, node.branches))
        case Loop():
            return node.max_iterations + _depth(node.body)


def check_workflow(
    program: Program, settings: Settings, spec: models.WorkflowSpec, parts: Iterable[models.Template], limits: Limits
) -> Iterator[Diagnostic]:
    """A diagnostic if no workflow can run `spec` and the templates of its `parts`, however the manifest is cut."""
    nodes = least_nodes(program.graph)
    size = workflow_size(spec, parts, nodes=nodes, by_reference=settings.is_template)
    if size > limits.workflow:
        steps = sum(1 for _ in tasks(program.graph))
        yield TooLarge(
            what=f"bytes of a workflow of {settings.name}, which holds the templates and the state of {steps:,} steps",
            found=size,
            limit=limits.workflow,
            way_out="make several pipelines of it, use a Map where steps are alike, or put long commands in scripts",
        )


def _check_template(template: models.Template) -> Iterator[Diagnostic]:
    tasks = template.dag.tasks if template.dag else []
    if len(tasks) > MOST_DAG_TASKS:
        yield TooLarge(
            what=f"steps in {template.name!r}, some with failure handlers",
            found=len(tasks),
            limit=MOST_DAG_TASKS,
            way_out="split the pipeline in two",
        )
    for task in tasks:
        for parameter in (task.arguments.parameters if task.arguments else None) or []:
            yield from _check_text(
                f"{parameter.name!r} of the task {task.name!r} in {template.name!r}", parameter.value
            )


def _check_text(what: str, text: str | None) -> Iterator[Diagnostic]:
    size = len((text or "").encode())
    if size > LONGEST_ARGUMENT:
        yield TooLarge(
            what=f"bytes of {what}",
            found=size,
            limit=LONGEST_ARGUMENT,
            way_out="put large data in a file of the image, and long commands in a script that the step runs",
        )
