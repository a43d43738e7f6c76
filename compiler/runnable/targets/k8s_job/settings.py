"""What a compilation was asked for: the command line over the configuration over the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from runnable.configuration import validate
from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.codes.targets import BadTargetOption
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.options import Options
from runnable.targets.k8s_job.config import IGNORED, ONE_DAY, REFUSED, JobKeys
from runnable.targets.k8s_job.volumes import (
    NodeFolders,
    claim_of_run_log,
    claim_of_store,
    listed_volumes,
    node_folders,
)
from runnable.targets.kubernetes.checks import check_request
from runnable.targets.kubernetes.keys import ignored, refused
from runnable.targets.kubernetes.names import object_name
from runnable.targets.kubernetes.pod_options import (
    DEFAULT_IMAGE,
    PodOptions,
    configured_resources,
    merge,
    tolerations,
    with_keys,
    with_options,
)
from runnable.targets.kubernetes.pod_run_log import pod_run_log
from runnable.targets.kubernetes.pod_settings import PodSettings
from runnable.targets.kubernetes.pod_store import pod_store
from runnable.targets.target import CompileRequest
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import RUN_ID_VARIABLE
from runnable_runtime.records.records import JOB

TARGET = "k8s-job"
KINDS = ("Job", "CronJob")
AT = "job-executor.config"
NAMESPACE_VARIABLE = "RUNNABLE_NAMESPACE"
THIS_JOB = f"{JOB}$({NAMESPACE_VARIABLE})/$({RUN_ID_VARIABLE})"
"""By what a pod knows its Job: Kubernetes puts the values of the variables in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(PodSettings):
    """All that the manifest takes from elsewhere than the job. Times are in seconds.

    `active_deadline_seconds` is for all attempts together. `selected` are labels of the pods alone.
    """

    target: ClassVar[str] = TARGET
    at: ClassVar[str] = AT

    kind: str
    name: str
    namespace: str | None
    keys: JobKeys
    service_account: str | None
    active_deadline_seconds: int | None
    ttl: int
    annotations: Mapping[str, str]
    node_folders: NodeFolders
    selected: Mapping[str, str]


def read_settings(request: CompileRequest) -> Settings:
    """The settings for `request`.

    Raises ConfigurationError for the configuration's mistakes, DefinitionError for the command line's.
    """
    file = request.configuration_file
    given, warnings = ignored(request.configuration, IGNORED, AT, file)
    if found := refused(given, REFUSED, AT, file):
        raise ConfigurationError(found)
    for warning in warnings:
        request.report(warning)
    keys = validate(JobKeys, given, file=file, at=AT)
    _check_request(request, keys)
    published, template = keys.job_spec, keys.job_spec.template
    requests, limits = configured_resources(keys.default_resources)
    store = pod_store(request.catalog, claim_of_store(keys, request.catalog), file, f"{AT}.pvc_claim_name")
    run_log = pod_run_log(request, claim_of_run_log(keys), store, THIS_JOB)
    ttl = published.ttl_seconds_after_finished if keys.ttl is None else keys.ttl
    return Settings(
        kind=request.kind or ("CronJob" if keys.schedule else "Job"),
        name=request.name or object_name(template.metadata.generate_name or request.program.name),
        namespace=request.namespace or keys.namespace or template.metadata.namespace,
        base=_base(request, keys),
        requests=merge((), requests),
        limits=merge((), limits),
        keys=keys,
        file=file,
        service_account=keys.service_account or template.spec.service_account,
        active_deadline_seconds=request.program.graph.timeout
        or keys.active_deadline_seconds
        or published.active_deadline_seconds,
        ttl=ONE_DAY if ttl is None else ttl,
        annotations={**template.metadata.annotations, **keys.annotations},
        store=store,
        run_log=run_log,
        node_folders=node_folders(keys, store, run_log),
        selected=keys.job_spec.selector.match_labels if keys.job_spec.selector else {},
    )


def _base(request: CompileRequest, keys: JobKeys) -> PodOptions:
    published, spec = keys.job_spec, keys.job_spec.template.spec
    requests, limits = configured_resources(spec.container.resources)
    pod = PodOptions(
        image=keys.image or spec.container.image or DEFAULT_IMAGE,
        pull_policy=keys.image_pull_policy or spec.container.image_pull_policy or "IfNotPresent",
        timeout=spec.active_deadline_seconds,
        requests=merge((), requests),
        limits=merge((), limits),
        env=merge(merge((), spec.container.env), keys.env),
        node_selector=merge((), spec.node_selector),
        tolerations=tolerations(spec.tolerations),
        pod=listed_volumes(spec),
    )
    pod = replace(pod, retry=replace(pod.retry, limit=published.backoff_limit or 0))
    pod = with_keys(pod, keys.defaults)
    return with_options(pod, Options(image=request.image))


def _check_request(request: CompileRequest, keys: JobKeys) -> None:
    found = check_request(request, KINDS)
    if request.kind == "CronJob" and not keys.schedule:
        reason = "a CronJob needs a schedule: give `schedule` in the configuration (-c FILE)"
        found.append(BadTargetOption(option="--kind", reason=reason))
    if found:
        raise DefinitionError(found)
    if keys.timezone and not keys.schedule:
        reason = "there is no schedule that it could be for"
        key = f"{AT}.timezone"
        raise ConfigurationError([ConfigurationInvalid(file=request.configuration_file, key=key, reason=reason)])
