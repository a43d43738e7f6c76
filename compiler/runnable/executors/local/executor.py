"""The executor `local`: in this process, or in workers of this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from runnable.configuration import Configuration
from runnable.executors.executor import EventStream, Executor, RunRequest
from runnable.executors.prepare import prepared
from runnable.executors.settings import LocalSettings, read_local_settings
from runnable.ir.unit import CompilationUnit
from runnable.ir.walk import has_secrets

if TYPE_CHECKING:
    from runnable.execution.exits import Ended
    from runnable.execution.launcher import Launcher
    from runnable.runs.parts import Taken
    from runnable.runs.resume.request import Resumption
    from runnable_runtime.records.records import RunRecord


class LocalExecutor(Executor):
    """Runs a pipeline on this machine, with nothing to configure."""

    streams = True
    exits = True

    def settings(self, unit: CompilationUnit, configuration: Configuration) -> LocalSettings:
        """See `Executor.settings`."""
        return read_local_settings(unit, configuration)

    def run(self, request: RunRequest) -> RunRecord:
        """See `Executor.run`."""
        settings = self.settings(request.unit, request.configuration)
        if request.stream is None and settings.runs_concurrently(request.unit.program):
            _expect_workers(request.unit)
        return run_locally(
            request.unit,
            request.configuration,
            settings,
            run_id=request.run_id,
            tag=request.tag,
            resumption=request.resumption,
            taken=request.taken,
            ended=request.ended,
            stream=request.stream,
        )


def _expect_workers(unit: CompilationUnit) -> None:
    """Have what workers are born of start while the run is prepared: it takes as long.

    Where tasks have secrets, which may be variables of this process, it waits until these are taken away.
    """
    if has_secrets(unit.program.graph):
        return
    from runnable.execution.keeping import expect_keepers

    expect_keepers()


def run_locally(
    unit: CompilationUnit,
    configuration: Configuration,
    settings: LocalSettings | None = None,
    *,
    run_id: str = "",
    tag: str = "",
    resumption: Resumption | None = None,
    taken: Taken | None = None,
    ended: Ended | None = None,
    stream: EventStream | None = None,
    wrap: Callable[[Launcher], Launcher] | None = None,
    cache: bool = True,
) -> RunRecord:
    """Run an accepted pipeline on this machine, with the stores of `configuration`; the record of how it ended.

    `wrap` may put something between the scheduler and the launcher; what tasks return is then not their own, and is
    neither taken from earlier runs nor kept for later ones, as without `cache` or with `stream`. Raises what
    `executors.local.run.run` raises.
    """
    from runnable.executors.local.run import in_memory, run

    settings = settings or LocalSettings()
    program, given = prepared(
        unit, configuration, hide=stream is None, in_memory=in_memory(unit.program, settings, wrapped=wrap is not None)
    )
    return run(
        program,
        settings=settings,
        **given,
        run_id=run_id,
        tag=tag,
        resumption=resumption,
        taken=taken,
        ended=ended,
        wrap=wrap,
        stream=stream,
        cache=cache and wrap is None and stream is None,
    )
