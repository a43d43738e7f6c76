"""What a compilation was asked for: the command line over the configuration over the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runnable.backends.argo.config import REFUSED, ArgoKeys, PodGcKeys, TtlKeys
from runnable.backends.argo.expressions import has_tag
from runnable.backends.argo.leaf import Leaf, merge, tolerations, with_keys, with_options
from runnable.backends.argo.names import LONGEST_OBJECT, is_label, object_name
from runnable.backends.target import CompileRequest
from runnable.configuration import validate
from runnable.diagnostics.codes import BadTargetOption, ConfigurationInvalid
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.nodes import Options, Task
from runnable_runtime.protocol import Json

KINDS = ("WorkflowTemplate", "Workflow", "ClusterWorkflowTemplate", "CronWorkflow")
DEFAULT_IMAGE = "runnable:latest"
AT = "pipeline-executor.config"


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the manifest takes from elsewhere than the pipeline. `common` is how a task without options is run."""

    kind: str
    name: str
    namespace: str | None
    common: Leaf
    keys: ArgoKeys
    file: str
    schedules: tuple[str, ...]
    timezone: str | None
    service_account: str | None
    parallelism: int | None
    active_deadline_seconds: int | None
    pod_gc: PodGcKeys | None
    ttl: TtlKeys | None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    def leaf(self, task: Task) -> Leaf:
        """How `task` is run. An override that the configuration has not is left out (`checks` has reported it)."""
        leaf = self.common
        for key in asked_overrides(task):
            if self.keys.overrides and key in self.keys.overrides:
                leaf = with_keys(leaf, self.keys.overrides[key])
        return with_options(leaf, task.options)


def asked_overrides(task: Task) -> tuple[str, ...]:
    """The keys of this target's `overrides` that `task` asks for."""
    return tuple(key for backend, key in task.options.overrides if backend == "argo")


def read_settings(request: CompileRequest) -> Settings:
    """The settings for `request`.

    Raises ConfigurationError for the configuration's mistakes, DefinitionError for the command line's.
    """
    file = request.configuration_file
    _refuse(request.configuration, file)
    keys = validate(ArgoKeys, request.configuration, file=file, at=AT)
    published, cron = keys.argo_workflow, keys.cron_schedule
    _check_request(request)
    settings = Settings(
        kind=request.kind or "WorkflowTemplate",
        name=request.name or object_name(published.metadata.generate_name or request.program.name),
        namespace=request.namespace or keys.namespace or published.metadata.namespace,
        common=_common(request, keys),
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
    )
    _check_kind(settings, request)
    return settings


def _common(request: CompileRequest, keys: ArgoKeys) -> Leaf:
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


def _refuse(configuration: Mapping[str, Json], file: str) -> None:
    """Raise ConfigurationError for the published package's keys that have no meaning here."""
    found = []
    for dotted, reason in REFUSED.items():
        section: Json = configuration
        *outer, last = dotted.split(".")
        for key in outer:
            section = _get(section, key)
        if _get(section, last) is not None:
            found.append(ConfigurationInvalid(file=file, key=f"{AT}.{dotted}", reason=reason))
    if found:
        raise ConfigurationError(found)


def _get(section: Json, key: str) -> Json:
    """The value of `key`, spelt with underscores or in camelCase."""
    if not isinstance(section, Mapping):
        return None
    first, *rest = key.split("_")
    camel = first + "".join(part.capitalize() for part in rest)
    return section.get(key, section.get(camel))


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
    if request.kind == "ClusterWorkflowTemplate" and request.namespace is not None:
        reason = "a ClusterWorkflowTemplate is in no namespace"
        raise DefinitionError([BadTargetOption(option="--namespace", reason=reason)])
    if settings.timezone and not settings.schedules:
        reason = "there are no schedules that it could be for"
        raise ConfigurationError([ConfigurationInvalid(file=settings.file, key=f"{AT}.timezone", reason=reason)])
