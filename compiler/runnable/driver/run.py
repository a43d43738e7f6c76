"""From a built pipeline to a run or to a compiled output: the whole way on one screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.configuration import Configuration, load_configuration, load_parameters
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError, DefinitionError, ExecutionFailedError
from runnable.driver.compile import JOB_TARGET, _refuse_streams, _request, compile_to
from runnable.driver.retry import Retry, _resumption, _retry_of_environment
from runnable.executors import run_here
from runnable.executors.container.settings import container_settings
from runnable.executors.prepare import mocked
from runnable.executors.settings import local_settings
from runnable.ir.unit import Built
from runnable.passes import accept, diagnose
from runnable_runtime.protocol import ATTEMPT_VARIABLE, RUN_ID_VARIABLE

if TYPE_CHECKING:
    from runnable.executors.local.streaming import Stream
    from runnable_runtime.records.records import RunRecord

PARAMETERS_FILE = "RUNNABLE_PARAMETERS_FILE"
CONFIGURATION_FILE = "RUNNABLE_CONFIGURATION_FILE"
_STREAMING = ("local", "mocked")
"""Executors that can stream events."""


def execute(
    built: Built,
    *,
    configuration_file: str,
    run_id: str,
    tag: str,
    parameters_file: str,
    log_level: str,
    retry: Retry | None = None,
    stream: Stream | None = None,
) -> RunRecord | None:
    """Run a pipeline, or a job, where the configuration says. See `Pipeline.execute` for what is raised.

    With `retry`, or RUNNABLE_RETRY_RUN_ID, an earlier run is gone on with, and `run_id` has no effect. With a
    configuration for Argo the manifest is written to the working folder instead, with one for Kubernetes a job is sent
    to the cluster, and None is returned. With `stream` the run's events go there, and it is on this machine or nowhere.
    """
    import logging

    logging.getLogger("runnable").setLevel(log_level)
    configuration = load_configuration(os.environ.get(CONFIGURATION_FILE) or configuration_file)
    parameters = load_parameters(os.environ.get(PARAMETERS_FILE) or parameters_file)
    executor = configuration.section(built.executor)
    if stream is not None and executor.type not in _STREAMING:
        reason = f"{executor.type!r} streams no events: they go from task to reader on this machine only"
        raise configuration.invalid(f"{built.executor}.type", reason, _STREAMING)
    retry = retry or _retry_of_environment()
    compiled = executor.type in ("argo", JOB_TARGET)
    resumption = None if compiled else _resumption(retry, configuration, parameters)
    program = replace(built.program, parameters=dict(resumption.parameters) if resumption else parameters)
    built = replace(built, program=program)
    if executor.type == "mocked":
        built = mocked(built, configuration)
    else:
        accept(built, diagnose(built, fixed=executor.type != "argo"))
    run_id = run_id or _run_id_of_environment()
    record = run_here(built, configuration, run_id=run_id, tag=tag, resumption=resumption, stream=stream)
    if record is not None:
        return _successful(record)
    match executor.type:
        case "argo" if not built.job:
            _write_manifest(built, configuration, retry)
            return None
        case "k8s-job" if built.job:
            _submit_job(built, configuration, run_id, retry)
            return None
        case other:
            raise _unknown_executor(built, configuration, other)


def diagnose_configuration(built: Built, configuration: Configuration) -> list[Diagnostic]:
    """What a run, or a compilation, with `configuration` would refuse in it, without running or compiling."""
    from runnable.execution.secrets.settings import read_secret_settings
    from runnable.runs.stores.settings import read_store_settings

    sections: tuple[Callable[[], object], ...] = (
        lambda: _read_executor(built, configuration),
        lambda: read_store_settings(configuration.section("run-log-store"), configuration.file),
        lambda: read_secret_settings(configuration.section("secrets"), configuration.file),
    )
    found: list[Diagnostic] = []
    for read in sections:
        try:
            read()
        except (ConfigurationError, DefinitionError) as error:
            found += error.diagnostics
    return found


def _read_executor(built: Built, configuration: Configuration) -> None:
    section = configuration.section(built.executor)
    match section.type:
        case "local" | "emulator":
            local_settings(built, configuration)
        case "mocked":
            from runnable.executors.mocked import read_settings as read_mocked_settings

            read_mocked_settings(section, configuration.file)
        case "local-container":
            container_settings(built, configuration)
        case "argo" if not built.job:
            from runnable.targets.argo.checks import check_steps
            from runnable.targets.argo.settings import read_settings

            request = _request("argo", built, configuration)
            _refuse_streams(built, section.type)
            check_steps(built.program, read_settings(request))
        case "k8s-job" if built.job:
            from runnable.targets.k8s_job.checks import check
            from runnable.targets.k8s_job.settings import read_settings as read_job_settings

            request = _request(JOB_TARGET, built, configuration)
            check(request, read_job_settings(request))
        case other:
            raise _unknown_executor(built, configuration, other)


def _unknown_executor(built: Built, configuration: Configuration, found: str) -> ConfigurationError:
    known = ("local", "local-container", "emulator", "mocked", "k8s-job" if built.job else "argo")
    return configuration.invalid(f"{built.executor}.type", f"{found!r} is not an executor of this version", known)


def _run_id_of_environment() -> str:
    """RUNNABLE_RUN_ID as the user set it; inside of a task it is the run's own, and no id for another run."""
    inside = os.environ.get(ATTEMPT_VARIABLE)
    return "" if inside else os.environ.get(RUN_ID_VARIABLE, "")


def _successful(record: RunRecord) -> RunRecord:
    """`record`, if the run has succeeded. Raises ExecutionFailedError."""
    from runnable.execution.summary import summary
    from runnable_runtime.records.records import Status

    if record.status is not Status.SUCCEEDED:
        raise ExecutionFailedError(record.run_id, summary(record))
    return record


def _write_manifest(built: Built, configuration: Configuration, retry: Retry | None) -> None:
    """What the published package does under an `argo` configuration: leave the manifest in the working folder."""
    from pathlib import Path

    from runnable.manifests.folder import write_file

    for document in compile_to("argo", built, configuration, retry=retry):
        write_file(Path("argo-pipeline.yaml"), document.text)


def _submit_job(built: Built, configuration: Configuration, run_id: str, retry: Retry | None) -> None:
    """What the published package does under a `k8s-job` configuration: send the job to the cluster, and not wait."""
    from runnable.cluster.submit import submit
    from runnable.manifests.objects import parse
    from runnable.targets.k8s_job.settings import read_settings

    keys = read_settings(_request(JOB_TARGET, built, configuration)).keys
    for document in compile_to(JOB_TARGET, built, configuration, retry=retry):
        for item in parse(document.text, document.file_name):
            print(submit(item, run_id, keys.config_path), file=sys.stderr)
