"""Running a task in a container: in the project of the image, also on a read-only root file system."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runnable_runtime import protocol
from runnable_runtime.deferred import changed
from runnable_runtime.failures import TaskFailure
from runnable_runtime.process.state import preserved
from runnable_runtime.process.workdir import writable_view
from runnable_runtime.protocol import Json, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.storage import IN_A_POD, Limits, Storage, failing
from runnable_runtime.task import TaskResult, executed_name
from runnable_runtime.task import run as run_task
from runnable_runtime.values.parameters import decode_lines, width, with_numbers

if TYPE_CHECKING:
    from runnable_runtime.artifacts import Artifacts
    from runnable_runtime.stores.settings import StoreSettings


def run(
    spec: TaskSpec, inputs: str, scratch: Path, notebook_output: Path | None = None, limits: Limits = IN_A_POD
) -> TaskResult:
    """Run `spec` with the `inputs` (see `protocol`) in this process, which is the task's own.

    The working folder is the project; `scratch` is made and used where that cannot be written to (`workdir`). The
    environment says where the store is, and what attempt of which run this is.

    Raises:
        TaskFailure: the task failed.
    """
    if spec.kind == "python":
        os.environ[protocol.INSIDE_TASK] = "1"
    storage = _storage(spec.name, inputs, limits)
    parameters = decode_lines(inputs, Objects(storage).load)
    project = Path.cwd()
    os.chdir(writable_view(project, scratch))
    variables = {name: str(parameters[name]) for name in spec.exported if name in parameters}
    artifacts = _artifacts(os.environ.get(protocol.ARTIFACTS_VARIABLE, ""))
    base = Path.cwd()
    if artifacts is not None and spec.kind == "notebook":
        notebook_output = notebook_output or artifacts.executed()
    files: Sequence[Mapping[str, Json]] = ()
    try:
        with preserved():  # what is to be said and recorded of its end needs the streams, the folder, the credentials
            result = run_task(
                spec,
                parameters,
                project=project,
                environment=variables,
                notebook_output=notebook_output,
                storage=storage,
            )
        files = result.files
        if artifacts is not None and result.reused:
            notebook_output = artifacts.fetch(files, storage, base, executed_name(spec.target, storage.step))
    except TaskFailure as failure:
        files = failure.files
        raise
    finally:
        if artifacts is not None:
            artifacts.keep(files, base, storage.folder, notebook_output)
    return result


def _artifacts(text: str) -> Artifacts | None:
    """What the pod keeps for Argo to take; most keep nothing, and do not wait for the import."""
    if not text:
        return None
    from runnable_runtime.artifacts import Artifacts

    return Artifacts.of(text)


def _storage(path: str, inputs: str, limits: Limits) -> Storage:
    """Where this attempt's files, objects and large values are, as the environment says."""
    return Storage(
        _store(os.environ.get(protocol.STORE_VARIABLE, "")),
        run_id=os.environ.get(protocol.RUN_ID_VARIABLE, ""),
        step=with_numbers(path, inputs),
        attempt=int(os.environ.get(protocol.ATTEMPT_VARIABLE) or 1),
        folder=os.environ.get(protocol.DATA_FOLDER_VARIABLE) or ".",
        limits=changed(limits.with_spill(os.environ.get(protocol.SPILL_VARIABLE, "")), width=width(inputs)),
    )


def _store(text: str) -> StoreSettings | None:
    if not text:
        return None
    from runnable_runtime.stores.settings import StoreSettings

    with failing():
        return StoreSettings.decode(text)


def scratch_folder() -> Path:
    """Where a container's scratch files go."""
    return Path(os.environ.get("TMPDIR") or Path(protocol.DEFAULT_OUTPUTS_PATH).parent)
