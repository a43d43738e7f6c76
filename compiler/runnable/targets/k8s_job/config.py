"""The keys of `job-executor: {type: k8s-job, config: …}`. docs/jobs.md describes them for users.

Keys are written in camelCase or with underscores. Those of the published `runnable` are under `jobSpec`, or beside it
where they are here too. The executor `mini-k8s-job` is this one with folders of the node (`mini_k8s_…`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field, model_validator

from runnable.configuration.cron import MACROS, problem_of_schedule
from runnable.configuration.patterns import written
from runnable.targets.kubernetes.keys import (
    SERVICE_ACCOUNT,
    AnyText,
    Environment,
    Image,
    Keys,
    KubernetesKey,
    Label,
    LabelKey,
    Namespace,
    PullPolicy,
    ResourceKeys,
    Seconds,
    SecretName,
    StepKeys,
    Text,
    Timezone,
    TolerationKeys,
    VolumeClaim,
)
from runnable_runtime.deferred import pattern

_FIELDS = pattern(r"([A-Za-z0-9*,/?-]+\s+){4}[A-Za-z0-9*,/?-]+")


def _schedule(text: str) -> str:
    """What a CronJob takes, which is less than a CronWorkflow does."""
    if text not in MACROS and not _FIELDS.fullmatch(text):
        raise ValueError('the five fields of a cron expression, such as "0 6 * * 1-5", or one of ' + ", ".join(MACROS))
    if reason := problem_of_schedule(text):
        raise ValueError(reason)
    return text


Schedule = Annotated[str, AfterValidator(_schedule)]
Attempts = Annotated[int, Field(ge=0, le=100)]
AbsolutePath = Annotated[str, written(r"^/[^\x00-\x1f]+\Z", "an absolute path")]
Ttl = Annotated[Seconds, Field(ge=0)]
ONE_DAY = 86400


class HostPathKeys(Keys):
    """A folder of the node."""

    path: AbsolutePath


class ClaimKeys(Keys):
    """A PersistentVolumeClaim."""

    claim_name: VolumeClaim


class VolumeKeys(Keys):
    """An item of `jobSpec.template.spec.volumes` of the published package."""

    name: Label
    host_path: HostPathKeys | None = None
    persistent_volume_claim: ClaimKeys | None = None

    @model_validator(mode="after")
    def _one(self) -> VolumeKeys:
        if (self.host_path is None) == (self.persistent_volume_claim is None):
            raise ValueError("a volume is one of hostPath and persistentVolumeClaim")
        return self


class MountKeys(Keys):
    """An item of `volumeMounts` of the published package's container."""

    name: Label
    mount_path: AbsolutePath


class SelectorKeys(Keys):
    """`jobSpec.selector` of the published package: labels of the Job's pods."""

    match_labels: dict[LabelKey, Label] = Field(default={})


class ContainerKeys(Keys):
    """`jobSpec.template.spec.container` of the published package."""

    image: Image | None = None
    env: Environment = Field(default={})
    image_pull_policy: PullPolicy | None = None
    resources: ResourceKeys | None = None
    volume_mounts: tuple[MountKeys, ...] | None = None


class PodKeys(Keys):
    """`jobSpec.template.spec` of the published package."""

    active_deadline_seconds: Seconds | None = None
    node_selector: dict[str, str] = Field(default={})
    tolerations: tuple[TolerationKeys, ...] = ()
    service_account: Text | None = Field(default=None, alias="serviceAccountName", validation_alias=SERVICE_ACCOUNT)
    restart_policy: Literal["Never"] = "Never"
    volumes: tuple[VolumeKeys, ...] | None = None
    container: ContainerKeys = ContainerKeys()


class PodMetadataKeys(Keys):
    """`jobSpec.template.metadata` of the published package. `generateName` without its hyphen is the object's name."""

    generate_name: Text | None = None
    namespace: Namespace | None = None
    annotations: dict[LabelKey, AnyText] = Field(default={})


class TemplateKeys(Keys):
    """`jobSpec.template` of the published package."""

    metadata: PodMetadataKeys = PodMetadataKeys()
    spec: PodKeys = PodKeys()


class PublishedKeys(Keys):
    """`jobSpec` of the published package."""

    active_deadline_seconds: Seconds | None = None
    backoff_limit: Attempts | None = None
    ttl_seconds_after_finished: Ttl | None = None
    selector: SelectorKeys | None = None
    template: TemplateKeys = TemplateKeys()


class JobKeys(Keys):
    """All of `config`."""

    image: Image | None = None
    image_pull_policy: PullPolicy | None = None
    image_pull_secrets: tuple[Text, ...] = ()
    service_account: Text | None = Field(default=None, alias="serviceAccount", validation_alias=SERVICE_ACCOUNT)
    namespace: Namespace | None = None
    labels: dict[LabelKey, Label] = Field(default={})
    annotations: dict[LabelKey, AnyText] = Field(default={})
    env: Environment = Field(default={})
    active_deadline_seconds: Seconds | None = None
    schedule: Schedule | None = None
    timezone: Timezone | None = None
    concurrency_policy: Literal["Allow", "Forbid", "Replace"] = "Forbid"
    ttl: Ttl | None = None
    config_path: Text | None = None
    secrets: dict[str, KubernetesKey] = Field(default={})
    secret_from_k8s: SecretName | None = None
    run_as_user: Annotated[int, Field(ge=1)] | None = 1000
    pod_security: Literal["restricted"] | None = None
    automount_service_account_token: bool = False
    default_resources: ResourceKeys | None = ResourceKeys(
        requests={"cpu": "100m", "memory": "256Mi"}, limits={"cpu": "2", "memory": "2Gi"}
    )
    defaults: StepKeys = StepKeys()
    overrides: dict[str, StepKeys] | None = None
    pvc_claim_name: VolumeClaim | None = Field(
        default=None, validation_alias=AliasChoices("pvc_claim_name", "pvcClaimName", "pvc_for_runnable")
    )
    job_spec: PublishedKeys = PublishedKeys()
    mock: bool = False
    mini_k8s_run_log_location: AbsolutePath | None = None
    mini_k8s_catalog_location: AbsolutePath | None = None


REFUSED = {"job_spec.template.spec.container.command": "the command is the job's own. Leave the key out"}
"""Keys that would change what a job does: the dotted key with underscores, and what to do instead."""
IGNORED = {
    "job_spec.selector.match_expressions": ("Kubernetes makes a selector for each Job, of its pods alone", ""),
}
"""Keys of the published package without a meaning here: dotted, with underscores; why, and what to do instead."""
