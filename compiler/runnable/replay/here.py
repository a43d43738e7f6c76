"""Running a recorded attempt in this very process, with the code as it is now."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from runnable.execution.launcher import Outcome
from runnable.replay.recorded import Recorded
from runnable.replay.working import working_folder
from runnable_runtime import protocol
from runnable_runtime.failures import TaskFailure
from runnable_runtime.process.environment import variables
from runnable_runtime.process.hidden_output import hide
from runnable_runtime.records.records import Status
from runnable_runtime.redaction import Redactor
from runnable_runtime.task import run as run_task


def replay_here(recorded: Recorded, scratch: Path, secrets: Mapping[str, str], *, debug: bool) -> Outcome:
    """Run the attempt; a step that moves files does so in `scratch`, which shows the project's own beside them.

    With `debug`, pdb begins where an exception of the user's code was raised, and nothing is between it and the
    terminal; else what is printed is shown without the secrets.
    """
    spec = recorded.spec
    folder = working_folder(spec, recorded.folder, scratch, recorded.storage.folder)
    environment = {**recorded.environment, **secrets}
    before = Path.cwd()
    os.chdir(folder)
    try:
        with _hidden({} if debug else secrets), variables({**environment, protocol.INSIDE_TASK: "1"}):
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


@contextmanager
def _hidden(secrets: Mapping[str, str]) -> Iterator[None]:
    """Have what is printed while the block runs shown without `secrets`, as where the task has run."""
    if not secrets or not hasattr(os, "fork"):
        yield
        return
    finish = hide(Redactor(secrets))
    try:
        yield
    finally:
        finish()


def _debug(error: BaseException) -> None:
    import pdb

    trace: TracebackType | None = error.__traceback__
    print(f"{type(error).__name__}: {error}")
    pdb.post_mortem(trace)
