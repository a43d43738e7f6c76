"""Run one task in this process, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from runnable_runtime.protocol import Json, TaskSpec

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a task returned, the parameters that it used, and the names of the returns that are metrics."""

    outputs: dict[str, Json]
    inputs: dict[str, Json]
    metrics: tuple[str, ...]


def run(
    spec: TaskSpec,
    parameters: Mapping[str, Json],
    *,
    project: Path,
    function: Callable[..., object] | None = None,
    environment: Mapping[str, str] = _NO_VARIABLES,
    notebook_output: Path | None = None,
) -> TaskResult:
    """Run `spec` with the visible `parameters`, and give back its result.

    Args:
        spec: what to run.
        parameters: every parameter that the task can see.
        project: the folder that notebooks and imports are relative to.
        function: the function of a Python task where it is already at hand; None imports it.
        environment: variables to add for this task only.
        notebook_output: where to keep an executed notebook, whether it succeeded or not.

    Raises:
        TaskFailure: the task failed, in one of the ways of `failures`.
    """
    outputs: dict[str, Json]
    inputs: dict[str, Json]
    # A task imports only the code of its own kind.
    match spec.kind:
        case "stub":
            outputs, inputs = {}, {}
        case "reduce":
            from runnable_runtime.tasks import reduce

            outputs, inputs = reduce.run(spec, parameters, project, function)
        case "python":
            from runnable_runtime.tasks import python

            outputs, inputs = python.run(spec, parameters, project, environment, function)
        case "shell":
            from runnable_runtime.tasks import shell

            outputs, inputs = shell.run(spec, parameters, environment)
        case "notebook":
            from runnable_runtime.tasks import notebook

            outputs, inputs = notebook.run(spec, parameters, project, environment, notebook_output)
    return TaskResult(outputs, inputs, tuple(r.name for r in spec.returns if r.kind == "metric"))
