"""What a compilation was asked for: the command line over the configuration over the defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, ClassVar

from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.codes.targets import BadTargetOption
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.options import Options
from runnable.targets.argo.expressions import WORKFLOW, check_text, has_tag, refusal
from runnable.targets.argo.unconfigured import unconfigured_keys
from runnable.targets.kubernetes.checks import bad_image, check_request
from runnable.targets.kubernetes.names import object_name
from runnable.targets.kubernetes.pod_fragment import json_text
from runnable.targets.kubernetes.pod_options import (
    DEFAULT_IMAGE,
    PodOptions,
    configured_resources,
    merge,
    tolerations,
    with_keys,
    with_options,
)
from runnable.targets.kubernetes.pod_run_log import KEY as RUN_LOG_KEY
from runnable.targets.kubernetes.pod_run_log import PodRunLog, pod_run_log
from runnable.targets.kubernetes.pod_settings import PodSettings
from runnable.targets.kubernetes.pod_store import PodStore, pod_store
from runnable.targets.target import CompileRequest
from runnable_runtime.deferred import dataclass

if TYPE_CHECKING:
    from runnable.runs.resume.finished import Finished
    from runnable.targets.argo.cached import StepCache
    from runnable.targets.argo.config import ArgoKeys, PodGcKeys, TtlKeys, VolumeKeys

KINDS = ("WorkflowTemplate", "Workflow", "ClusterWorkflowTemplate", "CronWorkflow")
AT = "pipeline-executor.config"
_UNUSUAL = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(PodSettings):
    """All that the manifest takes from elsewhere than the pipeline."""

    target: ClassVar[str] = "argo"
    at: ClassVar[str] = AT

    kind: str
    name: str
    namespace: str | None
    keys: ArgoKeys
    schedules: tuple[str, ...]
    timezone: str | None
    service_account: str | None
    parallelism: int | None
    active_deadline_seconds: int | None
    pod_gc: PodGcKeys | None
    ttl: TtlKeys | None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    finished: Finished | None = None
    cache: StepCache | None = None

    @property
    def is_template(self) -> bool:
        """Whether workflows are made of the object by reference to it."""
        return self.kind in ("WorkflowTemplate", "ClusterWorkflowTemplate")

    @property
    def is_cluster(self) -> bool:
        """Whether the object is in no namespace."""
        return self.kind == "ClusterWorkflowTemplate"


def read_settings(request: CompileRequest) -> Settings:
    """The settings for `request`.

    Raises ConfigurationError for the configuration's mistakes, DefinitionError for the command line's.
    """
    file = request.configuration_file
    keys = _configured_keys(request) if request.configuration else unconfigured_keys()
    published, cron = keys.argo_workflow, keys.cron_schedule
    _check_request(request)
    requests, limits = configured_resources(keys.default_resources)
    store = pod_store(request.catalog, keys.pvc_for_runnable, file)
    run_log = pod_run_log(request, keys.pvc_for_runnable, store, WORKFLOW)
    _check_stores(store, run_log, file)
    settings = Settings(
        kind=request.kind or ("Workflow" if request.finished else "WorkflowTemplate"),
        name=request.name or object_name(published.metadata.generate_name or request.program.name),
        namespace=request.namespace or keys.namespace or published.metadata.namespace,
        base=_base(request, keys),
        requests=merge((), requests),
        limits=merge((), limits),
        keys=keys,
        file=file,
        schedules=keys.schedules or (cron.schedules if cron else ()),
        timezone=keys.timezone or (cron.timezone if cron else None),
        service_account=keys.service_account or published.spec.service_account,
        parallelism=keys.parallelism or published.spec.parallelism,
        active_deadline_seconds=request.program.graph.timeout
        or keys.active_deadline_seconds
        or published.spec.active_deadline_seconds,
        pod_gc=keys.pod_gc or published.spec.pod_gc,
        ttl=_time_to_live(keys.ttl) if isinstance(keys.ttl, int) else keys.ttl,
        labels={**published.metadata.labels, **keys.labels},
        annotations={**published.metadata.annotations, **keys.annotations},
        store=store,
        run_log=run_log,
        finished=request.finished,
    )
    _check_kind(settings, request)
    return settings


def _configured_keys(request: CompileRequest) -> ArgoKeys:
    from runnable.configuration import validate
    from runnable.targets.argo.config import IGNORED, REFUSED, USUAL, ArgoKeys
    from runnable.targets.kubernetes.keys import ignored, refused

    file = request.configuration_file
    asked = {key: value for key, value in request.configuration.items() if USUAL.get(key, _UNUSUAL) != value}
    if found := refused(asked, REFUSED, AT, file):
        raise ConfigurationError(found)
    configuration, warnings = ignored(asked, IGNORED, AT, file)
    for warning in warnings:
        request.report(warning)
    return validate(ArgoKeys, configuration, file=file, at=AT, check_text=check_text)


def _time_to_live(seconds: int) -> TtlKeys:
    from runnable.targets.argo.config import TtlKeys

    return TtlKeys(seconds_after_completion=seconds)


def _base(request: CompileRequest, keys: ArgoKeys) -> PodOptions:
    spec = keys.argo_workflow.spec
    pod = PodOptions(
        image=keys.image or DEFAULT_IMAGE,
        pull_policy=keys.image_pull_policy or "IfNotPresent",
        env=merge((), keys.env),
        node_selector=merge((), spec.node_selector),
        tolerations=tolerations(spec.tolerations),
        pod=_custom_volumes(keys.custom_volumes),
    )
    pod = with_keys(pod, keys.defaults)
    return with_options(pod, Options(image=request.image))


def _custom_volumes(volumes: Sequence[VolumeKeys]) -> str:
    """The fragment of a pod that mounts each of `volumes`, named as in the published package; empty without any."""
    if not volumes:
        return ""
    declared, mounts = [], []
    for number, volume in enumerate(volumes):
        claim, name = volume.persistent_volume_claim, f"custom-volume-{number}"
        declared.append({"name": name, "persistentVolumeClaim": {"claimName": claim.claim_name}})
        mounts.append({"name": name, "mountPath": volume.mount_path, **({"readOnly": True} if claim.read_only else {})})
    return json_text({"volumes": declared, "containers": [{"name": "main", "volumeMounts": mounts}]})


def _check_request(request: CompileRequest) -> None:
    found = check_request(request, KINDS)
    if request.image is not None and has_tag(request.image):
        found.append(bad_image(request.image))
    if found:
        raise DefinitionError(found)


def _check_stores(store: PodStore | None, run_log: PodRunLog | None, file: str) -> None:
    """Raise ConfigurationError for a store in whose description Argo would replace something."""
    texts = {"catalog": (store.settings.encode() + store.folder) if store else ""}
    texts[RUN_LOG_KEY] = run_log.settings.encode() if run_log else ""
    for section, text in texts.items():
        if has_tag(text):
            key = f"{section}.config"
            raise ConfigurationError([ConfigurationInvalid(file=file, key=key, reason=refusal("in it"))])


def _check_kind(settings: Settings, request: CompileRequest) -> None:
    if settings.kind == "CronWorkflow" and not settings.schedules:
        reason = "a CronWorkflow needs a schedule: give `schedules` in the configuration (-c FILE)"
        raise DefinitionError([BadTargetOption(option="--kind", reason=reason)])
    if settings.keys.events is not None and settings.kind == "CronWorkflow":
        reason = "events start workflows of a template: leave --kind out, and schedules have a CronWorkflow beside it"
        raise DefinitionError([BadTargetOption(option="--kind", reason=reason)])
    if request.finished and settings.kind != "Workflow":
        reason = "what is left of a run is done once: it is a Workflow"
        raise DefinitionError([BadTargetOption(option="--kind", reason=reason)])
    if request.kind == "ClusterWorkflowTemplate" and request.namespace is not None:
        reason = "a ClusterWorkflowTemplate is in no namespace"
        raise DefinitionError([BadTargetOption(option="--namespace", reason=reason)])
    cron = settings.keys.cron_schedule
    needing = "cronSchedule" if cron and cron.model_fields_set else "timezone" if settings.timezone else ""
    if needing and not settings.schedules:
        reason = "there are no schedules that it could be for"
        raise ConfigurationError([ConfigurationInvalid(file=settings.file, key=f"{AT}.{needing}", reason=reason)])
