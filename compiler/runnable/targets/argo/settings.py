"""What a compilation was asked for: the command line over the configuration over the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from runnable.configuration import validate
from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.codes.targets import BadTargetOption
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.nodes import Options
from runnable.targets.argo.config import REFUSED, ArgoKeys, PodGcKeys, TtlKeys
from runnable.targets.argo.expressions import has_tag
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

if TYPE_CHECKING:
    from runnable.runs.resume.finished import Finished

KINDS = ("WorkflowTemplate", "Workflow", "ClusterWorkflowTemplate", "CronWorkflow")
AT = "pipeline-executor.config"


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
    if found := refused(request.configuration, REFUSED, AT, file):
        raise ConfigurationError(found)
    keys = validate(ArgoKeys, request.configuration, file=file, at=AT)
    published, cron = keys.argo_workflow, keys.cron_schedule
    _check_request(request)
    requests, limits = configured_resources(keys.default_resources)
    store = pod_store(request.catalog, keys.pvc_for_runnable, file)
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
        active_deadline_seconds=keys.active_deadline_seconds or published.spec.active_deadline_seconds,
        pod_gc=keys.pod_gc or published.spec.pod_gc,
        ttl=TtlKeys(seconds_after_completion=keys.ttl) if isinstance(keys.ttl, int) else keys.ttl,
        labels={**published.metadata.labels, **keys.labels},
        annotations={**published.metadata.annotations, **keys.annotations},
        store=store,
        run_log=pod_run_log(request, keys.pvc_for_runnable, store),
        finished=request.finished,
    )
    _check_kind(settings, request)
    return settings


def _base(request: CompileRequest, keys: ArgoKeys) -> Leaf:
    spec = keys.argo_workflow.spec
    leaf = Leaf(
        image=keys.image or DEFAULT_IMAGE,
        pull_policy=keys.image_pull_policy or "IfNotPresent",
        env=merge((), keys.env),
        node_selector=merge((), spec.node_selector),
        tolerations=tolerations(spec.tolerations),
    )
    leaf = with_keys(leaf, keys.defaults)
    return with_options(leaf, Options(image=request.image))


def _check_request(request: CompileRequest) -> None:
    found = []
    if request.kind is not None and request.kind not in KINDS:
        found.append(BadTargetOption(option="--kind", reason=f"{request.kind!r} is not one that is made", known=KINDS))
    if request.name is not None and not is_label(request.name, LONGEST_OBJECT):
        reason = f"{request.name!r} is not a name of 1 to {LONGEST_OBJECT} small letters, digits and hyphens"
        found.append(BadTargetOption(option="--name", reason=reason))
    if request.namespace is not None and not is_label(request.namespace, 63):
        reason = f"{request.namespace!r} is not a name of 1 to 63 small letters, digits and hyphens"
        found.append(BadTargetOption(option="--namespace", reason=reason))
    image = request.image
    if image is not None and (not image or image != "".join(image.split()) or has_tag(image)):
        found.append(BadTargetOption(option="--image", reason=f"{image!r} is not the name of an image"))
    if found:
        raise DefinitionError(found)


def _check_kind(settings: Settings, request: CompileRequest) -> None:
    if settings.kind == "CronWorkflow" and not settings.schedules:
        reason = "a CronWorkflow needs a schedule: give `schedules` in the configuration (-c FILE)"
        raise DefinitionError([BadTargetOption(option="--kind", reason=reason)])
    if request.finished and settings.kind != "Workflow":
        reason = "what is left of a run is done once: it is a Workflow"
        raise DefinitionError([BadTargetOption(option="--kind", reason=reason)])
    if request.kind == "ClusterWorkflowTemplate" and request.namespace is not None:
        reason = "a ClusterWorkflowTemplate is in no namespace"
        raise DefinitionError([BadTargetOption(option="--namespace", reason=reason)])
    if settings.timezone and not settings.schedules:
        reason = "there are no schedules that it could be for"
        raise ConfigurationError([ConfigurationInvalid(file=settings.file, key=f"{AT}.timezone", reason=reason)])
