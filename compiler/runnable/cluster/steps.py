"""Which steps of a workflow a person means."""

from __future__ import annotations

from collections.abc import Callable

from runnable.cluster.model import Step, View
from runnable.diagnostics.codes.records import StepUnknown
from runnable.diagnostics.errors import ClusterError
from runnable.ir.step_patterns import named_by


def choose(view: View, wanted: str | None) -> Callable[[Step], bool]:
    """Whether a step is meant by `wanted`: a path, the end of one, or that of a step that it is in. None: all are.

    Raises ClusterError (RN902) if `wanted` means no step, or ends of several.
    """
    if wanted is None:
        return lambda _: True
    path = only(view, wanted)
    return lambda step: step.path == path or step.path.startswith(path + ".")


def only(view: View, wanted: str) -> str:
    """The path of the one step that `wanted` means. Raises ClusterError (RN902)."""
    meant = named_by(wanted, view.steps)
    if len(meant) != 1:
        raise ClusterError([StepUnknown(run_id=view.name, step=wanted, meant=meant, known=tuple(view.steps))])
    return meant[0]
