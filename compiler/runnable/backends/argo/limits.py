"""What one object may hold. Argo's lint checks none of it; the API server and the controller refuse it or get stuck."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.backends.argo.hera_models import models
from runnable.diagnostics.codes import TooLarge
from runnable.diagnostics.diagnostic import Diagnostic

MOST_TASKS = 100
"""Nodes of one DAG: the schema takes 200, but a controller's work for one grows with their square."""
MOST_TEMPLATES = 200
MOST_DAG_TASKS = 200
MOST_ARGUMENTS = 500
LONGEST_ARGUMENT = 128 * 1024
"""Bytes of one argument; the kernel takes no longer ones."""
LARGEST_MANIFEST = 800 * 1024
"""Bytes of an object. A workflow may have 1 MiB, and holds the manifest once more and the state of its nodes."""


def check_limits(spec: models.WorkflowSpec) -> Iterator[Diagnostic]:
    """A diagnostic for everything in `spec` that is too large."""
    templates = spec.templates or []
    if len(templates) > MOST_TEMPLATES:
        yield TooLarge(
            what="templates of the workflow (one for each branch of more than one step, and each kind of options)",
            found=len(templates),
            limit=MOST_TEMPLATES,
            way_out="split the pipeline in two, or make branches of one step each, which need no template",
        )
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
    for template in templates:
        yield from _check_template(template)


def check_size(what: str, text: str) -> Iterator[Diagnostic]:
    """A diagnostic if the manifest `text` of `what` is too large."""
    size = len(text.encode())
    if size > LARGEST_MANIFEST:
        yield TooLarge(
            what=f"bytes of the manifest of {what}",
            found=size,
            limit=LARGEST_MANIFEST,
            way_out="split the pipeline in two, or do more in one step",
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
