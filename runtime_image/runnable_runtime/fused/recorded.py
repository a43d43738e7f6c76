"""What a task returned that an earlier attempt of its pod has finished: from its record, where pods write records."""

from __future__ import annotations

import os
from collections.abc import Mapping

from runnable_runtime import protocol
from runnable_runtime.failures import BadInput
from runnable_runtime.protocol import Json, TaskSpec
from runnable_runtime.records.chunks import step_part
from runnable_runtime.records.part_lines import step_in
from runnable_runtime.records.records import RecordError, Status, StepRecord
from runnable_runtime.stores.settings import StoreSettings, open_location
from runnable_runtime.values.parameters import decode_lines, encode_lines, with_numbers
from runnable_runtime.values.reference import shown


def outputs_before(spec: TaskSpec, inputs: str) -> str | None:
    """The lines that the task returned in an earlier pod of this workflow, which gave it what `inputs` say.

    None if it has not, or if that is not known: then it runs.
    """
    text, workflow = os.environ.get(protocol.RUN_LOG_VARIABLE), os.environ.get(protocol.WORKFLOW_VARIABLE, "")
    if not text or not spec.place or not workflow:
        return None
    key = f"{os.environ.get(protocol.RUN_ID_VARIABLE, '')}/{step_part(with_numbers(spec.name, inputs))}"
    try:
        step = step_in(open_location(StoreSettings.decode(text)).read(key))
        given = decode_lines(inputs)
    except (OSError, RecordError, BadInput):  # what cannot be read is not known
        return None
    return encode_lines(step.outputs) if step is not None and _counts(step, workflow, given, spec) else None


def _counts(step: StepRecord, workflow: str, given: Mapping[str, Json], spec: TaskSpec) -> bool:
    if step.status is not Status.SUCCEEDED or not step.attempts:
        return False
    last = step.attempts[-1]
    if last.machine is None or not last.machine.pod.startswith(f"{workflow}-"):  # a pod of an earlier session
        return False
    if spec.secrets:  # what was recorded of it is without them
        return False
    return all(value == shown(given[name]) for name, value in last.inputs.items() if name in given)
