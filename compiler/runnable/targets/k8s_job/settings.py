"""What a compilation was asked for: the command line over the configuration over the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from runnable.configuration import validate
from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.codes.targets import BadTargetOption
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.nodes import Options
from runnable.targets.k8s_job.config import HARMLESS, ONE_DAY, REFUSED, JobKeys
from runnable.targets.kubernetes.keys import refused
from runnable.targets.kubernetes.names import LONGEST_OBJECT, is_label, object_name
from runnable.targets.kubernetes.pod_options import (
    DEFAULT_IMAGE,
    Leaf,
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

TARGET = "k8s-job"
KINDS = ("Job", "CronJob")
AT = "job-executor.config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(PodSettings):
    """All that the manifest takes from elsewhere than the job. Times are in seconds.

    `active_deadline_seconds` is for all attempts together.
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


def read_settings(request: CompileRequest) -> Settings:
    """The settings for `request`.

    Raises ConfigurationError for the configuration's mistakes, DefinitionError for the command line's.
    """
    file = request.configuration_file
    given = {key: value for key, value in request.configuration.items() if key not in HARMLESS or value}
    if found := refused(given, REFUSED, AT, file):
        raise ConfigurationError(found)
    keys = validate(JobKeys, given, file=file, at=AT)
    _check_request(request, keys)
    published, pod = keys.job_spec, keys.job_spec.template
    requests, limits = configured_resources(keys.default_resources)
    store = pod_store(request.catalog, keys.pvc_claim_name, file, f"{AT}.pvc_claim_name")
    ttl = published.ttl_seconds_after_finished if keys.ttl is None else keys.ttl
    return Settings(
        kind=request.kind or ("CronJob" if keys.schedule else "Job"),
        name=request.name or object_name(pod.metadata.generate_name or request.program.name),
        namespace=request.namespace or keys.namespace or pod.metadata.namespace,
        base=_base(request, keys),
        requests=merge((), requests),
        limits=merge((), limits),
        keys=keys,
        file=file,
        service_account=keys.service_account or pod.spec.service_account,
        active_deadline_seconds=keys.active_deadline_seconds or published.active_deadline_seconds,
        ttl=ONE_DAY if ttl is None else ttl,
        annotations={**pod.metadata.annotations, **keys.annotations},
        store=store,
        run_log=pod_run_log(request, keys.pvc_claim_name, store),
    )


def _base(request: CompileRequest, keys: JobKeys) -> Leaf:
    published, pod = keys.job_spec, keys.job_spec.template.spec
    requests, limits = configured_resources(pod.container.resources)
    leaf = Leaf(
        image=keys.image or pod.container.image or DEFAULT_IMAGE,
        pull_policy=keys.image_pull_policy or pod.container.image_pull_policy or "IfNotPresent",
        timeout=pod.active_deadline_seconds,
        requests=merge((), requests),
        limits=merge((), limits),
        env=merge(merge((), pod.container.env), keys.env),
        node_selector=merge((), pod.node_selector),
        tolerations=tolerations(pod.tolerations),
    )
    leaf = replace(leaf, retry=replace(leaf.retry, limit=published.backoff_limit or 0))
    leaf = with_keys(leaf, keys.defaults)
    return with_options(leaf, Options(image=request.image))


def _check_request(request: CompileRequest, keys: JobKeys) -> None:
    found = []
    if request.kind is not None and request.kind not in KINDS:
        found.append(BadTargetOption(option="--kind", reason=f"{request.kind!r} is not one that is made", known=KINDS))
    if request.kind == "CronJob" and not keys.schedule:
        reason = "a CronJob needs a schedule: give `schedule` in the configuration (-c FILE)"
        found.append(BadTargetOption(option="--kind", reason=reason))
    for option, name, longest in (("name", request.name, LONGEST_OBJECT), ("namespace", request.namespace, 63)):
        if name is not None and not is_label(name, longest):
            reason = f"{name!r} is not a name of 1 to {longest} small letters, digits and hyphens"
            found.append(BadTargetOption(option=f"--{option}", reason=reason))
    if request.image is not None and (not request.image or request.image != "".join(request.image.split())):
        found.append(BadTargetOption(option="--image", reason=f"{request.image!r} is not the name of an image"))
    if found:
        raise DefinitionError(found)
    if keys.timezone and not keys.schedule:
        reason = "there is no schedule that it could be for"
        key = f"{AT}.timezone"
        raise ConfigurationError([ConfigurationInvalid(file=request.configuration_file, key=key, reason=reason)])
