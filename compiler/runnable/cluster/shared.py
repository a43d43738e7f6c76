"""Steps that share a pod: how each of them is, by how the pod is and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runnable.cluster.model import Phase, Step
from runnable_runtime.fused.words import read_failed_members


def member_of(pod: Step, path: str, paths: Sequence[str]) -> Step:
    """The step at `path` of those at `paths`, which the `pod` runs in this order; it may run others as well.

    A pod that fails names the steps that have failed: those before one have succeeded, those after it have not run, and
    those of other branches are as these have been. Where it names none, as one that was killed, it is not known which
    have; then all are as the pod is.
    """
    inner = [one for one in paths if one.startswith(f"{path}.")]
    if inner:
        return _composite_of(pod, path, [member_of(pod, one, paths) for one in inner])
    failed, all_named = read_failed_members(pod.message) if pod.phase is Phase.FAILED else ({}, False)
    own = [one for one in paths if one in failed]
    if not failed or (not own and not all_named):
        return _as(pod, replace(pod, path=path))
    if any(_is_after(path, one, paths) for one in own):
        return Step(path, pod.kind, Phase.SKIPPED)
    phase, message = (Phase.FAILED, failed[path]) if path in failed else (Phase.SUCCEEDED, "")
    attempts = tuple(replace(one, phase=phase, message=message) for one in pod.attempts)
    return _as(pod, replace(pod, path=path, phase=phase, message=message, attempts=attempts))


def _as(pod: Step, step: Step) -> Step:
    """The step, without attempts if it is a stub."""
    return replace(step, attempts=()) if pod.kind == "stub" else step


def _composite_of(pod: Step, path: str, steps: Sequence[Step]) -> Step:
    """A Parallel that a pod runs, or a branch of it, by the `steps` in it."""
    phases = [step.phase for step in steps]
    phase = Phase.FAILED if Phase.FAILED in phases else max(phases, key=phases.count)
    if phase is Phase.SKIPPED and set(phases) != {Phase.SKIPPED}:
        phase = Phase.SUCCEEDED
    return replace(pod, path=path, phase=phase, message="", attempts=())


def _is_after(path: str, other: str, paths: Sequence[str]) -> bool:
    """Whether a step runs after another one of the pod: later, and not in another branch of a Parallel."""
    if paths.index(path) <= paths.index(other):
        return False
    one, two = path.split("."), other.split(".")
    level = next((number for number, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), 0)
    return level % 2 == 0  # names of steps and of branches alternate, from the outermost step


def item_of(pod: Step, paths: Sequence[str]) -> Step:
    """The item of a map whose steps are at `paths`, which the `pod` runs."""
    steps = [member_of(pod, path, paths) for path in paths]
    return next((step for step in steps if step.phase is Phase.FAILED), steps[0])
