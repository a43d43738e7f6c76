"""What is known of an attempt that can be replayed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from runnable.diagnostics.codes.records import StepGone
from runnable.diagnostics.errors import RecordUnusable
from runnable.ir.nodes import (
    Action,
    ContainerRun,
    Loop,
    NotebookRun,
    Nothing,
    Program,
    PythonCall,
    Question,
    Reduce,
    ShellCommand,
    Task,
)
from runnable.ir.options import Options
from runnable.ir.others import TemplateCall, http_request
from runnable.ir.step_patterns import may_name
from runnable.ir.task_spec import task_spec
from runnable.ir.unit import CompilationUnit, function_of
from runnable.ir.walk import tasks, walk
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json, TaskSpec
from runnable_runtime.stores.storage import NOWHERE, Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One attempt at a task.

    `run` is the run's id, or the workflow's name; `spec.name` the step's path, with the numbers of items and
    iterations. `parameters` are those that it got, with references to what is in `storage`. `project` is the folder
    that its code is in here, `folder` its working folder, `function` its function where that is at hand. `environment`
    are the variables that it got beside the machine's, without secrets. `image` is what it ran in, empty if in none.
    """

    run: str
    spec: TaskSpec
    parameters: Mapping[str, Json]
    project: Path
    folder: Path
    attempt: int = 1
    status: str = ""
    message: str = ""
    function: Callable[..., object] | None = None
    options: Options = field(default_factory=Options)
    environment: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    storage: Storage = NOWHERE

    @property
    def path(self) -> str:
        """The step's path."""
        return self.spec.name

    @property
    def action(self) -> Action:
        """What the spec runs, as the IR has it."""
        spec = self.spec
        match spec.kind:
            case "python":
                module, _, name = spec.target.partition(":")
                return PythonCall(module, name, spec.import_path, spec.stream_end)
            case "shell":
                return ShellCommand(spec.target)
            case "notebook":
                return NotebookRun(spec.target)
            case "reduce":
                return Reduce(spec.target, spec.import_path, spec.each)
            case "stub":
                return Nothing()
            case "container":  # which is not replayed: see `replaying.check_replayable`
                return ContainerRun(())
            case "approval":  # likewise
                return Question(spec.target)
            case "template":  # likewise
                template, _, entrypoint = spec.target.partition("/")
                return TemplateCall(template, entrypoint)
            case "http":
                return http_request(spec.target)


def foreign(image: str) -> str:
    """Why a step that runs `image` is not replayed."""
    return f"it runs {image}, an image of its own: run that with the engine, without this package"


@dataclass(frozen=True, slots=True)
class Found:
    """A step as a pipeline's file has it now; `variables` are those that the loops around it give it."""

    task: Task
    spec: TaskSpec
    function: Callable[..., object] | None
    variables: Mapping[str, str]


def find(unit: CompilationUnit, path: str, file: str) -> Found:
    """The task at the path of a run, which has numbers for items and iterations. Raises RecordUnusable (RN907)."""
    program = unit.program
    known = dict(tasks(program.graph))
    same = [general for general in known if general.count(".") == path.count(".") and may_name(path, general)]
    if not same:
        raise RecordUnusable([StepGone(file=file, step=path, known=tuple(known))])
    task = known[same[0]]
    variables = _loops(program, same[0], path)
    spec = task_spec(task, path, exported=tuple(variables))
    return Found(task, spec, function_of(task.action, unit.functions), variables)


def _loops(program: Program, general: str, path: str) -> dict[str, str]:
    """The variables that the loops around a task give it: which iteration it is in."""
    parts = path.split(".")
    return {
        node.index_as: parts[at.count(".") + 1]
        for at, node in walk(program.graph)
        if isinstance(node, Loop) and general.startswith(f"{at}.")
    }
