"""The records of steps in which nothing of ours runs.

They run an image of their own, wait for a person, are done by others, or take no pod, since Argo's cache has what
they return.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from runnable.cluster.advice import plain
from runnable.cluster.model import Attempt, Phase, Step
from runnable.ir.nodes import BODY
from runnable.targets.argo.expressions import INPUT, OUTPUT
from runnable.targets.argo.reading.nodes import StepPath, StepPaths
from runnable.targets.argo.reading.workflow import inputs_of, outputs_of
from runnable_runtime.failures import BadInput
from runnable_runtime.protocol import Json, TaskSpec
from runnable_runtime.records.origin import Machine
from runnable_runtime.records.records import AttemptRecord, Kind, Status, StepRecord
from runnable_runtime.records.times import as_recorded
from runnable_runtime.values.parameters import decode_lines
from runnable_runtime.values.reference import has_reference

_OF_OTHERS = ("container", "approval", "template", "http")
"""Kinds of steps that no pod of ours records."""
_ENDED = {Phase.SUCCEEDED: Status.SUCCEEDED, Phase.FAILED: Status.FAILED}


def program_records(
    paths: StepPaths, found: Mapping[str, tuple[StepPath, Mapping[str, Any]]], steps: Mapping[str, Step]
) -> Iterator[StepRecord]:
    """The records of those of `steps` that have ended; `found` has the nodes of their DAGs, with what these are."""
    specs = paths.specs()
    for at, node in found.values():
        spec, step = specs.get(at.general), steps.get(at.path)
        if spec is None or step is None or step.phase not in _ENDED:
            continue
        if not step.cached and spec.kind not in _OF_OTHERS:
            continue  # its pod has recorded it
        if step.cached or spec.kind != "container":
            one = Attempt(node["id"], step.phase, step.message, step.started, step.finished)
            yield _record(spec, at, replace(step, attempts=(one,)), node)
        elif step.attempts:
            yield _record(spec, at, step, node)


def _record(spec: TaskSpec, at: StepPath, step: Step, node: Mapping[str, Any]) -> StepRecord:
    attempts = [_attempt(number, one) for number, one in enumerate(step.attempts, start=1)]
    last = attempts[-1]
    inputs = _values(inputs_of(node).get(INPUT, ""))
    outputs = _values(outputs_of(node).get(OUTPUT, "")) if last.status is Status.SUCCEEDED else {}
    attempts[-1] = AttemptRecord(
        number=last.number,
        started=last.started,
        ended=last.ended,
        status=last.status,
        message=last.message,
        inputs=inputs,
        outputs=outputs,
        metrics=tuple(one.name for one in spec.returns if one.kind == "metric" and one.name in outputs),
        machine=last.machine,
        reused=step.cached,
    )
    return StepRecord(
        path=at.path,
        kind=Kind(spec.kind),
        place=_place(spec, at),
        status=_ENDED[step.phase],
        started=attempts[0].started,
        ended=last.ended,
        message="" if step.phase is Phase.SUCCEEDED and spec.kind != "approval" else plain(step.message),
        attempts=tuple(attempts),
    )


def _attempt(number: int, one: Attempt) -> AttemptRecord:
    status = _ENDED.get(one.phase, Status.INTERRUPTED)
    ended = as_recorded(one.finished or one.started)
    message = "" if status is Status.SUCCEEDED else plain(one.message)
    return AttemptRecord(
        number=number,
        started=as_recorded(one.started),
        ended=ended,
        status=status,
        message=message,
        machine=Machine(node=one.machine) if one.machine else None,
    )


def _place(spec: TaskSpec, at: StepPath) -> tuple[int, ...]:
    """The place of the step, with the numbers of items and iterations that it is in."""
    parts, general = at.path.split("."), at.general.split(".")
    numbered = zip(parts, general, spec.place, strict=False)
    return tuple(int(part) if name == BODY and part.isdecimal() else own for part, name, own in numbered)


def _values(lines: str) -> dict[str, Json]:
    """What lines give, as far as it is in them; nothing if they cannot be read."""
    try:
        return {name: value for name, value in decode_lines(lines).items() if not has_reference(value)}
    except BadInput:
        return {}
