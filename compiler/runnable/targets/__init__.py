"""The compilation targets by name. Each is imported only when it is asked for.

Another distribution adds a target through an entry point:

    [project.entry-points."runnable.targets"]
    mine = "my_package.target"        # a module or object with `compile(request)`, see `backends.target.Target`
"""

from __future__ import annotations

from collections.abc import Callable

from runnable.diagnostics.codes.targets import BadTargetOption
from runnable.diagnostics.errors import DefinitionError
from runnable.targets.target import Target

ENTRY_POINT_GROUP = "runnable.targets"


def _argo() -> Target:
    from runnable.targets import argo

    return argo


def _ir() -> Target:
    from runnable.targets import ir_text

    return ir_text


def _ir_json() -> Target:
    from runnable.targets import ir_json

    return ir_json


def _k8s_job() -> Target:
    from runnable.targets import k8s_job

    return k8s_job


def _mermaid() -> Target:
    from runnable.targets import mermaid

    return mermaid


TARGETS: dict[str, Callable[[], Target]] = {
    "argo": _argo,
    "k8s-job": _k8s_job,
    "ir": _ir,
    "ir-json": _ir_json,
    "mermaid": _mermaid,
}


def load_target(name: str) -> Target:
    """The target of that name. Raises DefinitionError (RN502) where there is none."""
    if name in TARGETS:
        return TARGETS[name]()
    from importlib.metadata import entry_points

    found = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    if name not in found:
        known = (*TARGETS, *sorted(found))
        raise DefinitionError([BadTargetOption(option="--target", reason=f"there is no {name!r}", known=known)])
    target: Target = found[name].load()
    return target
