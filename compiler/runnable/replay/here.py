"""Running a recorded attempt in this very process, with the code as it is now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from runnable.execution.launcher import Outcome
from runnable.replay.recorded import Recorded
from runnable.replay.working import working_folder
from runnable_runtime import protocol
from runnable_runtime.failures import TaskFailure
from runnable_runtime.process.environment import variables
from runnable_runtime.records.records import Status
from runnable_runtime.redaction import Redactor
from runnable_runtime.task import run as run_task


def replay_here(recorded: Recorded, scratch: Path, secrets: Mapping[str, str], *, debug: bool) -> Outcome:
    """Run the attempt; a step that moves files does so in `scratch`, which shows the project's own beside them.

    With `debug`, pdb begins where an exception of the user's code was raised.
    """
    spec = recorded.spec
    folder = working_folder(spec, recorded.folder, scratch, recorded.storage.folder)
    environment = {**recorded.environment, **secrets}
    before = Path.cwd()
    os.chdir(folder)
    try:
        with variables({**environment, protocol.INSIDE_TASK: "1"}):
            result = run_task(
                spec,
                recorded.parameters,
                project=recorded.project,
                function=recorded.function,
                environment=environment,
                storage=recorded.storage,
            )
    except TaskFailure as failure:
        if debug and failure.__cause__ is not None:
            _debug(failure.__cause__)
        hidden = Redactor(secrets)
        return Outcome(
            status=Status.FAILED, message=hidden.message(failure.message), trace=hidden.message(failure.trace)
        )
    finally:
        os.chdir(before)
    return Outcome(status=Status.SUCCEEDED, outputs=result.outputs)


def _debug(error: BaseException) -> None:
    import pdb

    trace: TracebackType | None = error.__traceback__
    print(f"{type(error).__name__}: {error}")
    pdb.post_mortem(trace)
