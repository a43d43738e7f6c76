"""From a built pipeline to a run or to a compiled output: the whole way on one screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runnable.built import Built, accept, diagnose
from runnable.configuration import Configuration, load_configuration, load_parameters, read_catalog
from runnable.diagnostics.codes.steps import NotSupportedYet, StreamsNowhere
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError, DefinitionError, ExecutionFailedError
from runnable.local_runs import container_settings, local_settings, mocked, run_here
from runnable_runtime.protocol import ATTEMPT_VARIABLE, RUN_ID_VARIABLE, Json

if TYPE_CHECKING:
    from runnable.backends.local.streaming import Stream
    from runnable.backends.target import CompileRequest, Document
    from runnable.execution.records import RunRecord
    from runnable.execution.resume.request import Resumption

PARAMETERS_FILE = "RUNNABLE_PARAMETERS_FILE"
CONFIGURATION_FILE = "RUNNABLE_CONFIGURATION_FILE"
RETRY_RUN_ID = "RUNNABLE_RETRY_RUN_ID"
_STREAMING = ("local", "mocked")
"""Executors that can stream events."""
JOB_TARGET = "k8s-job"
"""The target that only a job, or a pipeline of one task, can be compiled for."""
_SHOWING = ("ir", "ir-json", "mermaid")
"""Targets that only show a pipeline."""


@dataclass(frozen=True, slots=True)
class Retry:
    """A run to go on with: its id, the beginning of one, or `latest`. `rerun_changed`: see `Resumption`."""

    run: str
    rerun_changed: bool = False


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
    from runnable.execution.stores.settings import read_store_settings

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
            from runnable.backends.mocked import read_settings as read_mocked_settings

            read_mocked_settings(section, configuration.file)
        case "local-container":
            container_settings(built, configuration)
        case "argo" if not built.job:
            from runnable.backends.argo.checks import check_steps
            from runnable.backends.argo.settings import read_settings

            request = _request("argo", built, configuration)
            _refuse_streams(built, section.type)
            check_steps(built.program, read_settings(request))
        case "k8s-job" if built.job:
            from runnable.backends.k8s_job.checks import check
            from runnable.backends.k8s_job.settings import read_settings as read_job_settings

            request = _request(JOB_TARGET, built, configuration)
            check(request, read_job_settings(request))
        case other:
            raise _unknown_executor(built, configuration, other)


def _refuse_streams(built: Built, target: str) -> None:
    if built.streams and target not in _SHOWING:
        graph = built.program.graph
        raise DefinitionError([StreamsNowhere(span=graph.span, pipeline=graph.name, target=target)])


def _unknown_executor(built: Built, configuration: Configuration, found: str) -> ConfigurationError:
    known = ("local", "local-container", "emulator", "mocked", "k8s-job" if built.job else "argo")
    return configuration.invalid(f"{built.executor}.type", f"{found!r} is not an executor of this version", known)


def _run_id_of_environment() -> str:
    """RUNNABLE_RUN_ID as the user set it; inside of a task it is the run's own, and no id for another run."""
    inside = os.environ.get(ATTEMPT_VARIABLE)
    return "" if inside else os.environ.get(RUN_ID_VARIABLE, "")


def _retry_of_environment() -> Retry | None:
    """The run that RUNNABLE_RETRY_RUN_ID names; inside of a task it is not meant for another pipeline."""
    run = os.environ.get(RETRY_RUN_ID, "")
    return Retry(run) if run and not os.environ.get(ATTEMPT_VARIABLE) else None


def _resumption(retry: Retry | None, configuration: Configuration, given: Mapping[str, Json]) -> Resumption | None:
    """What going on with a run means for this one. Raises RecordUnusable."""
    if retry is None:
        return None
    from runnable.execution.resume.request import request
    from runnable.execution.stores.settings import open_store

    store = open_store(configuration.section("run-log-store"), configuration.file)
    return request(store, retry.run, given, rerun_changed=retry.rerun_changed)


def _successful(record: RunRecord) -> RunRecord:
    """`record`, if the run has succeeded. Raises ExecutionFailedError."""
    from runnable.execution.records import Status
    from runnable.execution.summary import summary

    if record.status is not Status.SUCCEEDED:
        raise ExecutionFailedError(record.run_id, summary(record))
    return record


def _write_manifest(built: Built, configuration: Configuration, retry: Retry | None) -> None:
    """What the published package does under an `argo` configuration: leave the manifest in the working folder."""
    from pathlib import Path

    from runnable.gitops.folder import write_file

    for document in compile_to("argo", built, configuration, retry=retry):
        write_file(Path("argo-pipeline.yaml"), document.text)


def _submit_job(built: Built, configuration: Configuration, run_id: str, retry: Retry | None) -> None:
    """What the published package does under a `k8s-job` configuration: send the job to the cluster, and not wait."""
    from runnable.backends.k8s_job.settings import read_settings
    from runnable.cluster.jobs import submit
    from runnable.gitops.objects import parse

    keys = read_settings(_request(JOB_TARGET, built, configuration)).keys
    for document in compile_to(JOB_TARGET, built, configuration, retry=retry):
        for item in parse(document.text, document.file_name):
            print(submit(item, run_id, keys.config_path), file=sys.stderr)


def section_of(target: str) -> str:
    """The section of the configuration that a compilation target has its keys in."""
    return "job-executor" if target == JOB_TARGET else "pipeline-executor"


def compile_to(
    target: str,
    built: Built,
    configuration: Configuration,
    *,
    image: str | None = None,
    name: str | None = None,
    namespace: str | None = None,
    kind: str | None = None,
    retry: Retry | None = None,
) -> tuple[Document, ...]:
    """The output of a compilation target for a pipeline; with `retry`, for what is left to do of an earlier run.

    Raises DefinitionError or ConfigurationError, and RecordUnusable if that run cannot be gone on with.
    """
    from runnable.backends import load_target

    _refuse_streams(built, target)
    if retry is not None and target != "argo":
        raise DefinitionError([NotSupportedYet(feature=f"going on with a run on {target}")])
    resumption = _resumption(retry, configuration, built.program.parameters)
    if resumption is not None:
        built = replace(built, program=replace(built.program, parameters=dict(resumption.parameters)))
    accept(built, [*built.portability, *diagnose(built, fixed=False)])
    request = _request(target, built, configuration)
    if resumption is not None:
        from runnable.execution.resume.finished import tell_finished

        found = tell_finished(built.program, built.functions, configuration, resumption, target)
        request = replace(request, finished=found)
    return load_target(target).compile(replace(request, image=image, name=name, namespace=namespace, kind=kind))


def _request(target: str, built: Built, configuration: Configuration) -> CompileRequest:
    from runnable.backends.target import CompileRequest

    section = configuration.section(section_of(target))
    return CompileRequest(
        program=built.program,
        configuration=section.config if section.type == target else {},
        configuration_file=configuration.file,
        report=lambda warning: print(warning.render(), file=sys.stderr),
        catalog=read_catalog(configuration),
        run_log_store=configuration.section("run-log-store"),
    )
