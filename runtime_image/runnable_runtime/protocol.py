"""The contract between whatever starts a task (a pod, a container, a local process) and the code that runs it.

A task is started with a *spec* (what to run, JSON), its *inputs* (JSON Lines) and a file to write its *outputs* to
(one line of JSON). It ends with one of the exit codes below. Every backend uses this module and nothing else to talk
to a task, so a change here that an older image would misread must raise `PROTOCOL_VERSION`.

Inputs are text with one JSON document a line, blank lines ignored; later lines win:

* an object gives parameters: ``{"x": 1, "y": [2, 3]}``;
* an array of two strings gives one parameter as the text a person typed: ``["x", "1"]``. The text is decoded as JSON
  where it is JSON, and is a string where it is not.

Outputs are such an object: what one task writes is a valid line of the next one's inputs, which is why composites can
pass data on by joining texts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

PROTOCOL_VERSION = 1

# Exit codes. 64, 65, 137 and 143 are avoided: Argo's executor and its sidecars give them a meaning of their own.
EXIT_OK = 0
EXIT_TASK_FAILED = 1
"""The user's code failed: an exception, a non-zero shell, a return that does not fit."""
EXIT_USAGE = 2
"""The entrypoint was called with arguments that it does not have."""
EXIT_BAD_INPUT = 3
"""The inputs do not fit the task: a parameter is missing, or has the wrong type, or the text is not JSON Lines."""
EXIT_PROTOCOL = 4
"""The manifest was compiled for another protocol version than the image has."""

TERMINATION_LOG = "/dev/termination-log"
"""Where Kubernetes reads a container's last words (its `terminationMessagePath` default)."""
DEFAULT_OUTPUTS_PATH = "/tmp/runnable/outputs.json"  # noqa: S108 - a pod's own scratch volume
"""Where a pod's task leaves its outputs."""

PARAMETER_PREFIX = "RUNNABLE_PRM_"
"""Environment variables of this prefix give parameters, stronger than a parameters file."""

RUN_ID_VARIABLE = "RUNNABLE_RUN_ID"
"""A task sees the id of its run in this environment variable ..."""
ATTEMPT_VARIABLE = "RUNNABLE_STEP_ATTEMPT"
"""... and which attempt it is, from 1, in this one."""
INSIDE_TASK = "RUNNABLE_INSIDE_TASK"
"""Set in a pod while a Python task runs: a pipeline that its module executes when imported must not run again."""

REDUCERS = ("all", "any", "len", "list", "max", "min", "sorted", "sum")
"""The builtins that a fan-out's results can be reduced with wherever they are read, without a task of its own."""

ReturnKind = Literal["json", "metric"]
TaskKind = Literal["python", "shell", "notebook", "reduce", "stub"]
Json = Any
"""A value of JSON: None, bool, int, float, str, list or dict with string keys."""


class SpecError(ValueError):
    """A task's spec is not one that this version understands."""


@dataclass(frozen=True, slots=True)
class ReturnSpec:
    """One declared return: its name, and whether it is also listed as a metric."""

    name: str
    kind: ReturnKind = "json"

    def encode(self) -> str:
        """``x``, or ``metric:score``: the form that a spec's JSON uses."""
        return self.name if self.kind == "json" else f"{self.kind}:{self.name}"

    @classmethod
    def decode(cls, text: str) -> ReturnSpec:
        """The inverse of `encode`. Raises `SpecError` for an unknown kind."""
        kind, colon, name = text.rpartition(":")
        if not colon:
            return cls(name)
        if kind == "metric":
            return cls(name, "metric")
        raise SpecError(f"unknown kind of return {text!r}")


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """What one task runs.

    `target` is ``module:qualified.name`` for a Python function, the command line for a shell, the notebook's path
    relative to the project for a notebook, and empty for a stub. `import_path` has the folders, relative to the
    project, that must be importable beside the project itself. `name` is the step's path, for messages.
    """

    kind: TaskKind
    target: str
    name: str = ""
    returns: tuple[ReturnSpec, ...] = ()
    import_path: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The spec as a small JSON object, empty fields left out."""
        document: dict[str, Json] = {"name": self.name, self.kind: self.target}
        if self.returns:
            document["returns"] = [r.encode() for r in self.returns]
        if self.import_path:
            document["path"] = list(self.import_path)
        return document

    @classmethod
    def from_json(cls, text: str) -> TaskSpec:
        """Read a spec. Raises `SpecError`, saying what is wrong, for anything that `to_json` cannot have written."""
        try:
            document = json.loads(text)
        except ValueError as error:
            raise SpecError(f"the task's spec is not JSON: {error}") from None
        if not isinstance(document, dict):
            raise SpecError("the task's spec is not a JSON object")
        kinds: list[TaskKind] = [k for k in ("python", "shell", "notebook", "reduce", "stub") if k in document]
        unknown = document.keys() - {"name", "returns", "path", *kinds}
        if len(kinds) != 1 or unknown:
            raise SpecError(f"the task's spec has the keys {sorted(document)}, which name no single task")
        return cls(
            kind=kinds[0],
            target=_strings([document[kinds[0]]])[0],
            name=_strings([document.get("name", "")])[0],
            returns=tuple(ReturnSpec.decode(r) for r in _strings(document.get("returns", []))),
            import_path=tuple(_strings(document.get("path", []))),
        )


def _strings(value: Json) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SpecError(f"expected text in the task's spec, found {json.dumps(value)}")
    return value
