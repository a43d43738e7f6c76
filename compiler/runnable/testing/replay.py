"""`replay_task`: runs one recorded task in a test that `runnable replay --save-as-test` wrote."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from runnable.replay.working import working_folder
from runnable_runtime import protocol
from runnable_runtime.failures import TaskFailure
from runnable_runtime.process.environment import variables
from runnable_runtime.protocol import TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.storage import Storage
from runnable_runtime.task import run
from runnable_runtime.values.reference import Reference

_STORED = {"in the store"}


def replay_task(
    spec: Mapping[str, Any],
    inputs: Mapping[str, Any],
    *,
    project: Path,
    store: Path | None = None,
    run_id: str = "replay",
) -> dict[str, Any]:
    """Run one task as a pod would, in this process, and return its outputs by name, objects and large values included.

    Args:
        spec: what to run, in the form of `TaskSpec.to_json`.
        inputs: JSON values by name; ``{"in the store": reference}`` stands for one that is in `store`.
        project: the folder with the task's code, which is its working folder. A task that gets or puts files does so in
            a temporary folder.
        store: a folder with a copy of what the task read from the store of its run. It is not changed.
        run_id: the run that `store` was copied from.

    Raises:
        Exception: what the user's code raised, as it was raised.
        AssertionError: the task failed in another way; the message says in which.
    """
    import json

    __tracebackhide__ = True
    task = TaskSpec.from_json(json.dumps(dict(spec)))
    with TemporaryDirectory(prefix="runnable-replay-") as scratch:
        kept = Path(scratch, "store")
        shutil.copytree(store, kept) if store is not None else kept.mkdir()
        storage = Storage(StoreSettings(str(kept)), run_id, task.name)
        folder = working_folder(task, project, Path(scratch, "work"))
        before = Path.cwd()
        os.chdir(folder)
        try:
            with variables({protocol.INSIDE_TASK: "1"}):
                given = {name: _restored(value) for name, value in inputs.items()}
                outputs = run(task, given, project=project, storage=storage).outputs
            load = Objects(storage).load
            return {name: load(value, name) for name, value in outputs.items()}
        except TaskFailure as failure:
            if failure.__cause__ is not None:
                raise failure.__cause__ from None
            raise AssertionError(failure.message) from None
        finally:
            os.chdir(before)


def _restored(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == _STORED:
        return _references(value["in the store"])
    return value


def _references(value: Any) -> Any:
    return [_references(item) for item in value] if isinstance(value, list) else Reference.from_json(value)
