"""The local backend: a program, the functions it calls, and where to record it, to the record of its run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from runnable.backends.local.forked import ForkedLauncher
from runnable.backends.local.in_process import InProcessLauncher
from runnable.backends.local.launchers import LocalLauncher
from runnable.backends.local.settings import LocalSettings
from runnable.diagnostics.errors import RunInterrupted
from runnable.execution.capture import captured
from runnable.execution.interrupts import Interrupts
from runnable.execution.plan import has_concurrency, has_timeouts, new_record
from runnable.execution.progress import choose_progress
from runnable.execution.progress.events import Progress
from runnable.execution.records import RunRecord, Status
from runnable.execution.run_ids import check_run_id, new_run_id
from runnable.execution.scheduler import Scheduler
from runnable.execution.stores.store import RunLogStore
from runnable.execution.summary import summary
from runnable.ir.nodes import Program
from runnable_runtime.protocol import RUN_ID_VARIABLE

__all__ = ["run", "summary"]

_CAN_FORK = hasattr(os, "fork")


def run(
    program: Program,
    functions: Mapping[str, Callable[..., object]],
    settings: LocalSettings,
    store: RunLogStore,
    *,
    run_id: str = "",
    tag: str = "",
    progress: Progress | None = None,
) -> RunRecord:
    """Run `program` and return its record, whose status is `succeeded` or `failed`.

    `functions` has the function objects by ``module:name`` (`PythonCall`); one that is missing is imported. An empty
    `run_id` makes a new one; no `progress` chooses a display by where stderr goes. Options that only a cluster can
    honour (image, resources, node_selector, tolerations) have no effect here.

    Raises ConfigurationError for an id that is taken or not one, OutputError if the record cannot be written, and
    RunInterrupted on Ctrl-C or SIGTERM.
    """
    run_id = check_run_id(run_id or new_run_id())
    progress = progress or choose_progress()
    concurrent, notices = _concurrency(program, settings, store)
    record = new_record(program, run_id, tag)
    writer = store.create(record)
    if writer.folder is not None:
        record = replace(record, folder=str(writer.folder))
    progress.run_started(record)
    for notice in notices:
        progress.notice(notice)
    interrupts = Interrupts()
    try:
        with _variable(RUN_ID_VARIABLE, run_id), captured() as capture, interrupts.listen(), ExitStack() as stack:
            workers = None
            if _CAN_FORK:
                workers = ForkedLauncher(functions, settings.workers if concurrent else 1, capture, progress)
                stack.callback(workers.close)
            launcher = LocalLauncher(InProcessLauncher(functions, capture, interrupts, progress), workers, concurrent)
            record = Scheduler(program, record, launcher, writer, progress, interrupts).run()
    finally:
        writer.close()
    progress.run_ended(record)
    if record.status is Status.INTERRUPTED:
        raise RunInterrupted(record.run_id, summary(record))
    return record


def _concurrency(program: Program, settings: LocalSettings, store: RunLogStore) -> tuple[bool, list[str]]:
    """Whether to run tasks at the same time, and what the user should know about it."""
    notices: list[str] = []
    if not _CAN_FORK and has_timeouts(program.graph):
        notices.append("this system cannot fork processes, so that timeouts have no effect")
    if not settings.enable_parallel or not has_concurrency(program.graph):
        return False, notices
    if not store.parallel_writes:
        notices.append(
            "branches run one after another: the run log store takes no parallel writes; for concurrent branches "
            "use `run-log-store: {type: chunked-fs}` in the configuration"
        )
        return False, notices
    if not _CAN_FORK:
        notices.append("branches run one after another: this system cannot fork processes")
        return False, notices
    return True, notices


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    """Have an environment variable for a while."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
