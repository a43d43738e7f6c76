"""What the options of steps ask of a pod and no container of an engine has."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.wording import listed
from runnable.ir.nodes import Program, Task
from runnable.ir.options import DECLARATIONS, Resources, Scope, given
from runnable.ir.walk import tasks

_LIMITED = ("cpu", "memory", "gpu", "nvidia.com/gpu")
"""The resources that a container is limited in."""


def left_out(program: Program) -> Iterator[str]:
    """A notice, where there is anything: each option, and the steps that have it."""
    found: dict[str, list[str]] = {}
    for path, task in tasks(program.graph):
        for what in _of(task):
            found.setdefault(what, []).append(path)
    if found:
        options = "; ".join(f"{what} of {listed(paths)}" for what, paths in found.items())
        yield f"only a pod has these, and a container here is run without: {options}"


def _of(task: Task) -> Iterator[str]:
    for name, value in given(task.options):
        if DECLARATIONS[name].scope in (Scope.PODS, Scope.ARGO):
            yield name
        elif isinstance(value, Resources):
            names = {one for one, _ in (*value.requests, *value.limits) if one not in _LIMITED}
            yield from (f"resources ({one})" for one in sorted(names))
