"""An attempt as a workflow's status has it: a pod's node holds all that the task was started with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from runnable.cluster.advice import plain
from runnable.cluster.model import Step, View
from runnable.cluster.nodes import read_nodes
from runnable.cluster.steps import only
from runnable.cluster.view import view
from runnable.diagnostics.codes.records import AttemptUnknown, ReplayUnfit, ValuesUnreadable
from runnable.diagnostics.errors import RecordUnusable
from runnable.replay.recorded import Recorded, foreign
from runnable.targets.argo.expressions import IMAGE, INPUT, SPEC
from runnable.targets.argo.reading.workflow import container_of, image_of, inputs_of, plain_variables
from runnable_runtime import protocol
from runnable_runtime.failures import BadInput
from runnable_runtime.fused.lines import kept
from runnable_runtime.fused.spec import FusedSpec
from runnable_runtime.protocol import Json, SpecError, TaskSpec
from runnable_runtime.stores.location import StoreError
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.storage import Storage
from runnable_runtime.values.arguments import with_arguments
from runnable_runtime.values.parameters import decode_lines, with_numbers


def from_workflow(workflow: Mapping[str, Any], wanted: str, number: int | None, project: Path) -> Recorded:
    """The attempt `number` (None: the last one) at the step that `wanted` means; its code is in the folder `project`.

    Raises ClusterError for a step that is not there or means several, RecordUnusable for an attempt that is not, or
    whose values cannot be had.
    """
    shown = view(workflow)
    step = shown.steps[only(shown, wanted)]
    node, attempt = _node(workflow, shown, step, number)
    given = inputs_of(node)
    container = container_of(workflow, node)
    if SPEC not in given:
        raise RecordUnusable([ReplayUnfit(step=step.path, reason=foreign(image_of(container, workflow)))])
    spec, lines = _spec(given, step.path)
    variables = _variables(container, attempt, shown.name)
    storage = _storage(variables, shown.name, step.path, attempt)
    parameters = _parameters(lines, storage, step.path)
    loops = {name: str(parameters[name]) for name in spec.exported if name in parameters}
    ours = (protocol.STORE_VARIABLE, protocol.DATA_FOLDER_VARIABLE, protocol.SPILL_VARIABLE)
    return Recorded(
        run=shown.name,
        spec=replace(spec, name=step.path, arguments=()),
        parameters=with_arguments(spec.arguments, parameters),
        project=project,
        folder=project,
        attempt=attempt,
        status=str(step.attempts[attempt - 1].phase),
        message=plain(step.attempts[attempt - 1].message),
        environment={**loops, **{name: value for name, value in variables.items() if name not in ours}},
        image=given.get(IMAGE) or image_of(container, workflow),
        storage=storage,
    )


def _spec(given: Mapping[str, str], path: str) -> tuple[TaskSpec, str]:
    """The step's spec, and the lines that it was given: of a pod that several steps share, if it was the first."""
    lines = given.get(INPUT, "")
    try:
        fused = FusedSpec.from_json(given[SPEC])
    except SpecError:
        return TaskSpec.from_json(given[SPEC]), lines
    returned: set[str] = set()
    for member in fused.members:
        if with_numbers(member.spec.name, lines) == path:
            break
        returned.update(one.name for one in member.spec.returns)
    if inside := [name for name in member.reads if name in returned]:
        reason = (
            f"it shared a pod with the steps before it, and of {', '.join(inside)}, which they returned, the workflow "
            "knows nothing: a run log (run-log-store) that pods reach would"
        )
        raise RecordUnusable([ReplayUnfit(step=path, reason=reason)])
    return member.spec, kept(lines, member.reads)


def _node(workflow: Mapping[str, Any], shown: View, step: Step, number: int | None) -> tuple[Mapping[str, Any], int]:
    """The node of the attempt's pod, and the attempt's number."""
    attempt = len(step.attempts) if number is None else number
    if not 1 <= attempt <= len(step.attempts):
        raise RecordUnusable(
            [AttemptUnknown(step=step.path, status=step.phase, attempt=number, attempts=len(step.attempts))]
        )
    return read_nodes(workflow)[step.attempts[attempt - 1].node], attempt


def _variables(container: Mapping[str, Any], attempt: int, name: str) -> dict[str, str]:
    """The environment variables whose values are known: those of secrets are not."""
    return {**plain_variables(container), protocol.RUN_ID_VARIABLE: name, protocol.ATTEMPT_VARIABLE: str(attempt)}


def _storage(variables: Mapping[str, str], name: str, path: str, attempt: int) -> Storage:
    text = variables.get(protocol.STORE_VARIABLE, "")
    try:
        store = StoreSettings.decode(text) if text else None
    except StoreError:
        store = None
    return Storage(store, name, path, attempt, variables.get(protocol.DATA_FOLDER_VARIABLE) or ".")


def _parameters(lines: str, storage: Storage, path: str) -> dict[str, Json]:
    try:
        return decode_lines(lines, Objects(storage).load)
    except BadInput as error:
        raise RecordUnusable([ValuesUnreadable(step=path, reason=error.message)]) from None
