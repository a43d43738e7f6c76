"""Run one task of any kind in this process: get its files, run it, and keep its files and values."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING

from runnable_runtime.cards import collecting
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import BadInput, BadReturn, StorageFailed, TaskFailure
from runnable_runtime.protocol import Json, Lookup, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.spill import spill
from runnable_runtime.stores.storage import NOWHERE, Storage
from runnable_runtime.values.arguments import with_arguments

if TYPE_CHECKING:
    from runnable_runtime.process.reads import Reads
    from runnable_runtime.redaction import Redactor
    from runnable_runtime.stores.catalog import RunCatalog
    from runnable_runtime.stores.step_cache import StepCache, Taken

_SHORTEST_REFUSED = 8
"""The shortest secret that returned values are searched for, in characters: a shorter one may occur by chance."""
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a task returned, the parameters that it used, and the names of the returns that are metrics.

    `files` are those that it got from the catalog and put there, as a record has them (see `stores.catalog`). Of a task
    that is looked up in the store's cache, `depends` and `reused` are as a record has them; of one that is `watched`,
    `depends` has what it has read.
    """

    outputs: dict[str, Json]
    inputs: dict[str, Json]
    metrics: tuple[str, ...]
    files: tuple[dict[str, Json], ...]
    depends: Mapping[str, str]
    reused: str = ""


@dataclass(frozen=True, slots=True)
class _Task:
    """Everything that a task of any kind may need; see `run`."""

    spec: TaskSpec
    parameters: Mapping[str, Json]
    project: Path
    function: Callable[..., object] | None
    environment: Mapping[str, str]
    notebook_output: Path | None
    objects: Objects
    catalog: RunCatalog | None
    redactor: Redactor | None
    reads: Reads | None


def run(
    spec: TaskSpec,
    parameters: Mapping[str, Json],
    *,
    project: Path,
    function: Callable[..., object] | None = None,
    environment: Mapping[str, str] = _NOTHING,
    notebook_output: Path | None = None,
    storage: Storage = NOWHERE,
    redactor: Redactor | None = None,
) -> TaskResult:
    """Run `spec` with the visible `parameters`, and give back its result.

    Args:
        spec: what to run.
        parameters: every parameter that the task can see, by which the arguments of `spec` are found.
        project: the folder that notebooks and imports are relative to.
        function: the function of a Python task where it is already at hand; None imports it.
        environment: variables to add for this task only.
        notebook_output: where to keep an executed notebook, whether it succeeded or not.
        storage: where files, objects and large values are. The files are those of the present working folder.
        redactor: keeps secrets out of it; None: those that the task names.

    Raises:
        TaskFailure: the task failed, in one of the ways of `failures`.
    """
    catalog = _catalog(spec, project, storage)
    objects = Objects(storage, project)
    redactor = redactor or _redactor(spec, environment)
    if spec.arguments:
        parameters = with_arguments(spec.arguments, parameters)
    reads = _reads(spec, project, storage)
    task = _Task(spec, parameters, project, function, environment, notebook_output, objects, catalog, redactor, reads)
    try:
        if catalog is not None:
            catalog.get(spec.get)
        cache = None if spec.lookup is None else _cache(spec, spec.lookup, parameters, catalog, storage)
        if cache is not None and (taken := cache.take()) is not None:
            return _of_cache(task, cache, taken)
        with collecting() as cards:
            try:
                outputs, inputs = _run(task) if catalog is None else _run_with_files(task, catalog)
            finally:
                _keep(cards, storage, redactor)
        refuse_secrets(outputs, spec, environment)
        outputs = spill(outputs, spec, objects)
    except TaskFailure as failure:
        failure.files = () if catalog is None else tuple(catalog.files)
        raise
    metrics = tuple(r.name for r in spec.returns if r.kind == "metric")
    files = () if catalog is None else tuple(catalog.files)
    if cache is None:
        return TaskResult(outputs, inputs, metrics, files, {} if reads is None else reads.parts())
    cache.keep(outputs, list(inputs), files)
    return TaskResult(outputs, inputs, metrics, files, cache.depends)


def _cache(
    spec: TaskSpec, lookup: Lookup, parameters: Mapping[str, Json], catalog: RunCatalog | None, storage: Storage
) -> StepCache:
    """The place in the store's cache of a task whose files are here."""
    from runnable_runtime.stores.step_cache import StepCache, depends

    files = () if catalog is None else catalog.files
    return StepCache(storage, lookup, depends(lookup, parameters, files))


def _of_cache(task: _Task, cache: StepCache, taken: Taken) -> TaskResult:
    """The result of a task that has not run; what is too large to travel now goes to the store, as that of others."""
    outputs = spill(taken.outputs, task.spec, task.objects)
    inputs = {name: task.parameters[name] for name in taken.inputs if name in task.parameters}
    metrics = tuple(r.name for r in task.spec.returns if r.kind == "metric")
    return TaskResult(outputs, inputs, metrics, tuple(taken.files), cache.depends, taken.place)


def _keep(cards: list[dict[str, Json]], storage: Storage, redactor: Redactor | None) -> None:
    """Keep the cards of the task in its store. That they cannot be kept is printed, and is no failure."""
    if not cards:
        return
    from runnable_runtime.stores.storage import failing

    shown = redactor.json(cards) if redactor else cards
    try:
        with failing():
            document = {"step": storage.step, "attempt": storage.attempt, "cards": shown}
            storage.open().write(storage.card_key(), json.dumps(document).encode())
    except StorageFailed as failure:
        print(f"the cards of this step are not kept: {failure}", file=sys.stderr)


def load(kind: str) -> None:
    """Import the code of a kind of tasks, which a task otherwise does itself, and only that of its own kind."""
    if kind != "stub":
        import_module(f"runnable_runtime.tasks.{kind}")


def _redactor(spec: TaskSpec, environment: Mapping[str, str]) -> Redactor | None:
    """For a task that names secrets; others do not wait for the import."""
    if not spec.secrets:
        return None
    from runnable_runtime.redaction import Redactor

    return Redactor.of_variables(spec.secrets, environment)


def _reads(spec: TaskSpec, project: Path, storage: Storage) -> Reads | None:
    """What records what a task reads that is watched, but for what it has from the store; not of a command."""
    if not spec.watched or spec.kind not in ("python", "reduce", "notebook"):
        return None
    from runnable_runtime.process.reads import Reads

    store = storage.store
    return Reads(project, () if store is None or not store.is_folder else (Path(store.url),))


def _catalog(spec: TaskSpec, project: Path, storage: Storage) -> RunCatalog | None:
    """The catalog, for a task that moves files."""
    if not spec.get and not spec.put and spec.kind != "notebook":
        return None
    from runnable_runtime.stores.catalog import RunCatalog

    return RunCatalog(storage, Path.cwd(), project)


def _run_with_files(task: _Task, catalog: RunCatalog) -> tuple[dict[str, Json], dict[str, Json]]:
    spec = task.spec
    try:
        found = _run(task)
    except TaskFailure:
        with suppress(StorageFailed):  # it has failed already, and for another reason
            catalog.put(spec.put, copy=spec.copy, complete=False)
        raise
    catalog.put(spec.put, copy=spec.copy, complete=True)
    return found


def _run(task: _Task) -> tuple[dict[str, Json], dict[str, Json]]:
    if task.reads is None or task.spec.kind == "notebook":  # whose kernel is another process
        return _do(task)
    from runnable_runtime.process.reads import recorded

    with recorded(task.reads):
        return _do(task)


def _do(task: _Task) -> tuple[dict[str, Json], dict[str, Json]]:
    # See `load`.
    match task.spec.kind:
        case "stub":
            return {}, {}
        case "reduce":
            from runnable_runtime.tasks import reduce

            return reduce.run(task.spec, task.parameters, task.project, task.function, task.objects)
        case "python":
            from runnable_runtime.tasks import python

            return python.run(task.spec, task.parameters, task.project, task.environment, task.function, task.objects)
        case "shell":
            from runnable_runtime.tasks import shell

            return shell.run(task.spec, task.parameters, task.environment, task.objects)
        case "notebook":
            return _run_notebook(task)
        case "container":
            raise BadInput("it runs an image of its own, which an engine starts, and no runtime")
        case "approval":
            raise BadInput("it waits for a person, and no runtime runs it")
        case "template":
            raise BadInput("it calls a template of Argo's, and no runtime runs it")
        case "http":
            from runnable_runtime.tasks import http

            return http.run(task.spec, task.parameters, task.environment, task.objects)


def _run_notebook(task: _Task) -> tuple[dict[str, Json], dict[str, Json]]:
    """Where there is a store, the executed notebook is put into the catalog too, also when a cell failed."""
    from tempfile import TemporaryDirectory

    from runnable_runtime.tasks import notebook

    keeps = task.catalog is not None and task.objects.storage.store is not None
    with TemporaryDirectory(prefix="runnable-nb-") as scratch:
        output = task.notebook_output or (Path(scratch, "executed.ipynb") if keeps else None)
        try:
            found = notebook.run(
                task.spec,
                task.parameters,
                task.project,
                task.environment,
                output,
                task.objects,
                task.redactor,
                task.reads,
            )
        except TaskFailure:
            with suppress(StorageFailed):  # it has failed already, and for another reason
                _put_notebook(task, output)
            raise
        _put_notebook(task, output)
    return found


def _put_notebook(task: _Task, executed: Path | None) -> None:
    store = task.objects.storage
    if task.catalog is not None and store.store is not None and executed is not None and executed.exists():
        task.catalog.put_as(executed, executed_name(task.spec.target, store.step))


def executed_name(notebook: str, step: str) -> str:
    """The path in the catalog of a notebook that `step` executed: ``nb/train.ipynb`` as ``nb/train-fit_out.ipynb``."""
    parts = ["".join(c for c in part if c.isalnum()) for part in step.split(".")]
    path = PurePosixPath(notebook)
    return str(path.with_name(f"{path.stem}-{'-'.join(parts)}_out.ipynb"))


def refuse_secrets(outputs: Mapping[str, Json], spec: TaskSpec, environment: Mapping[str, str]) -> None:
    """Raise BadReturn if what is returned contains a secret: it would be recorded, and passed to other tasks."""
    if not spec.secrets:
        return
    from runnable_runtime.redaction import Redactor

    for secret in spec.secrets:
        redactor = Redactor.of_variables([secret], environment, shortest=_SHORTEST_REFUSED)
        for name, value in outputs.items():
            if redactor.json(value) != value:
                raise BadReturn(
                    f"{name} holds the value of the secret {secret}, and what a task returns is kept in the run's "
                    "record: name the secret in the step that needs it"
                )
