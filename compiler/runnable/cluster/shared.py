"""Steps that share a pod: how each of them is, by how the pod is and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runnable.cluster.model import Phase, Step
from runnable_runtime.protocol import read_failed_member


def member_of(pod: Step, path: str, paths: Sequence[str]) -> Step:
    """The step at `path` of those at `paths`, which the `pod` runs in this order.

    A pod that fails names the step that has failed: those before it have succeeded, and those after it have not run.
    Where it names none, as one that was killed, it is not known which have; then all are as the pod is.
    """
    failed = read_failed_member(pod.message) if pod.phase is Phase.FAILED else None
    if failed is None or failed[0] not in paths:
        return replace(pod, path=path)
    position, at = paths.index(path), paths.index(failed[0])
    if position > at:
        return Step(path, pod.kind, Phase.SKIPPED)
    phase, message = (Phase.FAILED, failed[1]) if position == at else (Phase.SUCCEEDED, "")
    attempts = tuple(replace(one, phase=phase, message=message) for one in pod.attempts)
    return replace(pod, path=path, phase=phase, message=message, attempts=attempts)
