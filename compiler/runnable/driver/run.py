"""From a pipeline to a run: the whole way on one screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.configuration import Configuration, load_configuration
from runnable.configuration.chosen import FILE_VARIABLE
from runnable.diagnostics.codes.steps import NotSupportedYet
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError, DefinitionError, ExecutionFailedError
from runnable.driver.exits import run_with_exits
from runnable.driver.reporting import with_report
from runnable.driver.retry import Retry, resumed, resumption_of, retry_of_environment
from runnable.executors import check_other_executor, load_executor, streaming
from runnable.executors.executor import EventStream, Executor, RunRequest
from runnable.frontend.giving import give
from runnable.ir.unit import CompilationUnit
from runnable.sdk.handler import NO_PARAMETERS, NORMAL_LEVEL
from runnable_runtime.protocol import ATTEMPT_VARIABLE, RUN_ID_VARIABLE, Json

if TYPE_CHECKING:
    from runnable.runs.parts import Part, Taken
    from runnable.targets.target import Document
    from runnable_runtime.records.records import RunRecord


def execute(
    unit: CompilationUnit,
    *,
    configuration_file: str,
    run_id: str,
    tag: str,
    parameters_file: str,
    parameters: Mapping[str, Json] = NO_PARAMETERS,
    typed: Sequence[str] = (),
    log_level: str,
    retry: Retry | None = None,
    part: Part | None = None,
    stream: EventStream | None = None,
) -> RunRecord | None:
    """Run a pipeline, or a job, where the configuration says. See `Pipeline.execute` for what is raised.

    `typed` are the texts of the command line that give parameters (`frontend.giving`). With `retry`, or
    RUNNABLE_RETRY_RUN_ID, an earlier run is resumed, and `run_id` has no effect. With `part` only that runs. The result
    is None where the executor does not wait for the end. Files are seen from the working folder. With `stream` the
    run's events go there, if the executor can do that.
    """
    _set_log_level(log_level)
    root = Path(unit.program.root or ".")
    configuration = load_configuration(os.environ.get(FILE_VARIABLE) or configuration_file, root)
    unit = give(unit, parameters_file, parameters, typed)
    executor = load_executor(unit, configuration)
    if stream is not None and not executor.streams:
        kind = configuration.section(unit.executor).type
        reason = f"{kind!r} streams no events: they go from task to reader on this machine only"
        raise configuration.invalid(f"{unit.executor}.type", reason, streaming())
    retry = retry or retry_of_environment()
    resumption = resumption_of(retry, configuration, unit.values) if executor.waits else None
    unit = executor.prepare(resumed(unit, resumption), configuration)
    unit, taken = _part(unit, configuration, part, executor)

    def compile(target: str) -> tuple[Document, ...]:
        from runnable.driver.compile import compile_to

        return compile_to(target, unit, configuration, retry=retry)

    request = RunRequest(
        unit=unit,
        configuration=configuration,
        compile=compile,
        run_id=run_id or _run_id_of_environment(),
        tag=tag,
        resumption=resumption,
        taken=taken,
        stream=stream,
    )
    record = with_report(configuration, lambda: run_with_exits(executor, request, whole=part is None))
    return None if record is None else _successful(record, unit.program.root)


def _set_log_level(level: str) -> None:
    """Set that of the logger `runnable`; the default is also that of the root, and is not worth loading `logging`."""
    if level == NORMAL_LEVEL and "logging" not in sys.modules:
        return
    import logging

    logging.getLogger("runnable").setLevel(level)


def _part(
    unit: CompilationUnit, configuration: Configuration, part: Part | None, executor: Executor
) -> tuple[CompilationUnit, Taken | None]:
    """The part of an accepted pipeline that is asked for, and what it takes of an earlier run."""
    if part is None:
        return unit, None
    if not executor.waits:
        kind = configuration.section(unit.executor).type
        raise DefinitionError([NotSupportedYet(feature=f"running a part of a pipeline on {kind}")])
    from runnable.runs.parts import part_of
    from runnable.runs.stores.project import project_store

    program, taken = part_of(unit.program, project_store(configuration), part)
    return replace(unit, program=program), taken


def diagnose_configuration(unit: CompilationUnit, configuration: Configuration) -> list[Diagnostic]:
    """What a run, or a compilation, with `configuration` would refuse in it, without running or compiling."""
    from runnable.configuration.catalog_section import read_catalog
    from runnable.execution.secrets.settings import read_secret_settings
    from runnable.runs.stores.settings import read_store_settings

    sections: tuple[Callable[[], object], ...] = (
        lambda: load_executor(unit, configuration).check(unit, configuration),
        lambda: read_store_settings(configuration.section("run-log-store"), configuration.file),
        lambda: read_secret_settings(configuration.section("secrets"), configuration.file),
        lambda: read_catalog(configuration),
        lambda: check_other_executor(unit, configuration),
    )
    found: list[Diagnostic] = []
    for read in sections:
        try:
            read()
        except (ConfigurationError, DefinitionError) as error:
            found += error.diagnostics
    return list({one.render(): one for one in found}.values())  # executors read some of the sections too


def _run_id_of_environment() -> str:
    """RUNNABLE_RUN_ID as the user set it; inside of a task it is the run's own, and no id for another run."""
    inside = os.environ.get(ATTEMPT_VARIABLE)
    return "" if inside else os.environ.get(RUN_ID_VARIABLE, "")


def _successful(record: RunRecord, root: str) -> RunRecord:
    """`record`, if the run of the project `root` has succeeded. Raises ExecutionFailedError."""
    from runnable.execution.summary import summary
    from runnable_runtime.records.records import Status

    if record.status is not Status.SUCCEEDED:
        raise ExecutionFailedError(record.run_id, summary(record, root))
    return record
