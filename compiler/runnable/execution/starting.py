"""What a launcher is to start for a job: of thousands of items of a Map most of it is the same, and is made once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from runnable.execution.attempts import present_options
from runnable.execution.deadlines import Deadlines
from runnable.execution.launcher import TaskStart
from runnable.execution.secrets.resolve import Secrets
from runnable.execution.waiting import Job
from runnable.ir.amounts import amounts
from runnable.ir.nodes import NotebookRun, Program, Task
from runnable.ir.options import Options
from runnable.ir.task_spec import task_spec
from runnable.passes.analysis.deciding import deciding_names
from runnable.semantics.frame import variables_in
from runnable_runtime.deferred import changed, dataclass
from runnable_runtime.protocol import ATTEMPT_VARIABLE, Json, TaskSpec
from runnable_runtime.records.file_names import log_name, notebook_name
from runnable_runtime.redaction import Redactor
from runnable_runtime.stores.storage import Storage
from runnable_runtime.values.arguments import with_arguments


@dataclass(frozen=True, slots=True)
class _Common:
    """What all attempts at `task` have in common. `options` are None where each attempt may have others."""

    task: Task
    spec: TaskSpec
    options: Options | None
    environment: Mapping[str, str]


@dataclass(slots=True)
class Starting:
    """Makes the `TaskStart` of each attempt of one run. `folder` is the run's own, for logs and notebooks."""

    program: Program
    storage: Storage
    secrets: Secrets
    redactor: Redactor
    folder: Path | None
    deadlines: Deadlines
    _deciding: frozenset[str] = field(init=False)
    _project: Path = field(init=False)
    _known: dict[int, _Common] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._deciding = deciding_names(self.program)
        self._project = Path(self.program.root or ".")

    def start_of(self, job: Job) -> TaskStart:
        """The next attempt at `job`, the deadlines around which have begun."""
        common = self._known.get(id(job.task)) or self._common(job.task)
        folder, path, attempt = self.folder, job.path, job.attempt
        notebook = folder is not None and isinstance(job.task.action, NotebookRun)
        return TaskStart(
            action=job.task.action,
            spec=changed(common.spec, name=path),
            attempt=attempt,
            parameters=self._parameters(job),
            environment={**variables_in(job.graph), **common.environment, ATTEMPT_VARIABLE: str(attempt)},
            project=self._project,
            options=common.options or present_options(job),
            timeout=_shortest(job.task.options.timeout, self.deadlines.remaining(job.graph)),
            log=folder / log_name(path, attempt) if folder else None,
            notebook=folder / notebook_name(path, attempt) if folder and notebook else None,
            storage=changed(self.storage, step=path, attempt=attempt),
            redactor=self.redactor or None,
            folder=self._project if self.program.root else None,
        )

    def _parameters(self, job: Job) -> Mapping[str, Json]:
        found = job.scope.select(job.task.reads)
        return with_arguments(job.task.arguments, found) if job.task.arguments else found

    def _common(self, task: Task) -> _Common:
        options = task.options
        same = not task.image_from and not amounts(options.resources)
        environment = {**dict(options.env), **self.secrets.of(options.secrets)}
        common = _Common(task, task_spec(task, "", deciding=self._deciding), options if same else None, environment)
        self._known[id(task)] = common
        return common


def _shortest(*seconds: float | None) -> float | None:
    return min((one for one in seconds if one is not None), default=None)
