"""Steps that share a pod: how each of them is, by how the pod is and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runnable.cluster.model import Phase, Step
from runnable_runtime.fused.words import read_failed_members


def member_of(pod: Step, path: str, paths: Sequence[str]) -> Step:
    """The step at `path` of those at `paths`, which the `pod` runs in this order; it may run others as well.

    A pod that fails names the steps that have failed: those before one have succeeded, and those after it have not run.
    Where it names none, as one that was killed, it is not known which have; then all are as the pod is.
    """
    failed, all_named = read_failed_members(pod.message) if pod.phase is Phase.FAILED else ({}, False)
    own = next((one for one in paths if one in failed), None)
    if not failed or (own is None and not all_named):
        return replace(pod, path=path)
    position, at = paths.index(path), len(paths) if own is None else paths.index(own)
    if position > at:
        return Step(path, pod.kind, Phase.SKIPPED)
    phase, message = (Phase.FAILED, failed[path]) if position == at else (Phase.SUCCEEDED, "")
    attempts = tuple(replace(one, phase=phase, message=message) for one in pod.attempts)
    return replace(pod, path=path, phase=phase, message=message, attempts=attempts)


def item_of(pod: Step, paths: Sequence[str]) -> Step:
    """The item of a map whose steps are at `paths`, which the `pod` runs."""
    steps = [member_of(pod, path, paths) for path in paths]
    return next((step for step in steps if step.phase is Phase.FAILED), steps[0])
