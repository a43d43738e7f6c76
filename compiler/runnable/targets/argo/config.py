"""The keys of `pipeline-executor: {type: argo, config: …}`. docs/configuration-argo.md describes them for users.

Keys are written in camelCase or with underscores. Those of the published `runnable` are taken where they have a meaning
here; the others are refused by name (`REFUSED`), with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field

from runnable.configuration.cron import problem_of_schedule
from runnable.configuration.patterns import free_of, written
from runnable.configuration.quantities import parse_duration, parse_seconds
from runnable.targets.argo.event_keys import EventsKeys
from runnable.targets.argo.schedules import problem_of_stop, problem_of_when
from runnable.targets.argo.template_fragment import read_template
from runnable.targets.kubernetes.keys import (
    SERVICE_ACCOUNT,
    AnyText,
    Duration,
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
    first_mistake,
)

Schedule = Annotated[
    str,
    written(
        r"^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|@every\s+(\d+(ns|us|ms|s|m|h))+"
        r"|([A-Za-z0-9*,/?-]+\s+){4}[A-Za-z0-9*,/?-]+)\Z",
        "five fields between blanks (minute, hour, day of the month, month, day of the week), such as '0 6 * * 1', "
        "or @daily, @hourly, '@every 30m'",
    ),
    free_of(problem_of_schedule),
]
"""What the schema of a CronWorkflow takes, and its controller can follow."""
History = Annotated[int, Field(ge=0, le=2**31 - 1)]


def _template(value: Any) -> str:
    text, mistakes = read_template(value)
    first_mistake(mistakes)
    return text


class ArgoStepKeys(StepKeys):
    """How a step runs on Argo. Unlike other texts, a template may have `{{…}}`: a metric's value is one."""

    template: Annotated[str, BeforeValidator(_template)] | None = None


class TtlKeys(Keys):
    """How long a finished workflow is kept, in seconds."""

    seconds_after_completion: Annotated[int, Field(ge=0)] | None = None
    seconds_after_success: Annotated[int, Field(ge=0)] | None = None
    seconds_after_failure: Annotated[int, Field(ge=0)] | None = None


class PodGcKeys(Keys):
    """When finished pods are deleted."""

    strategy: Literal["OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion", "OnWorkflowSuccess"] | None = None
    delete_delay_duration: Duration | None = None


def _pod_gc() -> Any:
    return Field(default=None, alias="podGC", validation_alias=AliasChoices("podGC", "podGc", "pod_gc"))


def _service_account() -> Any:
    return Field(default=None, alias="serviceAccount", validation_alias=SERVICE_ACCOUNT)


class MetadataKeys(Keys):
    """`argoWorkflow.metadata` of the published package. `generateName` without its hyphen is the object's name."""

    generate_name: Text | None = None
    namespace: Namespace | None = None
    labels: dict[LabelKey, Label] = Field(default={})
    annotations: dict[LabelKey, AnyText] = Field(default={})


class WorkflowKeys(Keys):
    """`argoWorkflow.spec` of the published package."""

    active_deadline_seconds: Seconds | None = None
    node_selector: dict[str, str] = Field(default={})
    parallelism: Annotated[int, Field(ge=1)] | None = None
    pod_gc: PodGcKeys | None = _pod_gc()
    service_account: Text | None = _service_account()
    tolerations: tuple[TolerationKeys, ...] = ()


class CacheKeys(Keys):
    """Argo's cache, for steps with `cache=True`: the ConfigMap that it is in, and how long what is in it is good."""

    config_map: SecretName = "runnable-cache"
    max_age: Seconds | None = None


class ArtifactKeys(Keys):
    """What Argo's page lists with each pod, and keeps in the namespace's artifact repository."""

    notebooks: bool = False
    files: tuple[Text, ...] = ()
    report: bool = False
    logs: bool = False


class PublishedKeys(Keys):
    """`argoWorkflow` of the published package."""

    metadata: MetadataKeys = MetadataKeys()
    spec: WorkflowKeys = WorkflowKeys()


class ClaimKeys(Keys):
    """`persistent_volume_claim` of the published package."""

    claim_name: VolumeClaim
    read_only: bool = False


class VolumeKeys(Keys):
    """An item of `custom_volumes` of the published package."""

    mount_path: Annotated[str, written(r"^/[^\x00-\x1f]+\Z", "an absolute path")]
    persistent_volume_claim: ClaimKeys


class StopKeys(Keys):
    """When a CronWorkflow starts nothing more."""

    expression: Annotated[str, free_of(problem_of_stop)]


class CronKeys(Keys):
    """`cron_schedule` of the published package, and how a CronWorkflow starts and keeps workflows."""

    schedules: tuple[Schedule, ...] = ()
    timezone: Timezone | None = None
    concurrency_policy: Literal["Allow", "Forbid", "Replace"] | None = None
    starting_deadline_seconds: Annotated[int, BeforeValidator(parse_seconds), Field(ge=0)] | None = None
    successful_jobs_history_limit: History | None = None
    failed_jobs_history_limit: History | None = None
    suspend: bool | None = None
    when: Annotated[str, free_of(problem_of_when)] | None = None
    stop_strategy: StopKeys | None = None


class ArgoKeys(Keys):
    """All of `config`."""

    image: Image | None = None
    image_pull_policy: PullPolicy | None = None
    image_pull_secrets: tuple[Text, ...] = ()
    service_account: Text | None = _service_account()
    namespace: Namespace | None = None
    labels: dict[LabelKey, Label] = Field(default={})
    annotations: dict[LabelKey, AnyText] = Field(default={})
    env: Environment = Field(default={})
    parallelism: Annotated[int, Field(ge=1)] | None = None
    active_deadline_seconds: Seconds | None = None
    schedules: tuple[Schedule, ...] = ()
    timezone: Timezone | None = None
    ttl: Seconds | TtlKeys | None = None
    pod_gc: PodGcKeys | None = _pod_gc()
    secrets: dict[str, KubernetesKey] = Field(default={})
    secret_from_k8s: SecretName | None = None
    run_as_user: Annotated[int, Field(ge=1)] | None = 1000
    pod_security: Literal["restricted"] | None = None
    automount_service_account_token: bool = False
    executor_service_account: Text | None = None
    patch_executor: bool = True
    default_resources: ResourceKeys | None = ResourceKeys(
        requests={"cpu": "100m", "memory": "256Mi"}, limits={"cpu": "2", "memory": "2Gi"}
    )
    executor_resources: ResourceKeys | None = ResourceKeys(
        requests={"cpu": "10m", "memory": "64Mi"}, limits={"cpu": "500m", "memory": "512Mi"}
    )
    defaults: ArgoStepKeys = ArgoStepKeys()
    overrides: dict[str, ArgoStepKeys] | None = None
    argo_workflow: PublishedKeys = PublishedKeys()
    cron_schedule: CronKeys | None = None
    events: EventsKeys | None = None
    pvc_for_runnable: VolumeClaim | None = None
    custom_volumes: tuple[VolumeKeys, ...] = ()
    semaphore_config_map: SecretName = "runnable-semaphores"
    cache: CacheKeys | None = None
    batch_time: Annotated[float, BeforeValidator(parse_duration), Field(gt=0)] = 30.0
    durations: Text | None = None
    fuse: Literal["auto"] | None = None
    fuse_below: Annotated[float, BeforeValidator(parse_duration), Field(gt=0)] = 30.0
    artifacts: ArtifactKeys | None = None


REFUSED = {"mock": "`pipeline-executor: {type: mocked}` runs a pipeline without doing its work. Leave the key out"}
"""Keys of the published package that would change what a pipeline does: the key, and what to do instead."""
_EVERYWHERE = "all branches of a Parallel always run"
_ONE_OBJECT = "the kind and version of the object are those that the compiler writes"
USUAL: Mapping[str, Any] = {"mock": False, "expose_parameters_as_inputs": True, "exposeParametersAsInputs": True}
"""Keys of the published package that say what is the case anyway."""
IGNORED = {
    "configmap_cache_name": (
        "only steps with cache=True are looked up in a ConfigMap",
        "give `cache: {configMap: NAME}`",
    ),
    "output_file": ("where to write is said on the command line", "runnable compile -o FILE"),
    "log_level": ("what is printed does not depend on it", ""),
    "mock": ("nothing is mocked", ""),
    "defaults.fail_fast": (_EVERYWHERE, ""),
    "defaults.parallelism": ("templates of pods have none", "give `parallelism` beside `defaults`"),
    "argo_workflow.kind": (_ONE_OBJECT, "runnable compile --kind"),
    "argo_workflow.api_version": (_ONE_OBJECT, ""),
    "argo_workflow.spec.arguments": ("a pipeline's parameters are its arguments", ""),
    "argo_workflow.spec.pod_gc.label_selector": ("it chooses among the pods of a workflow, which are all alike", ""),
    "argo_workflow.spec.retry_strategy": ("it would repeat whole branches too", "give `retry` under `defaults`"),
    "pod_gc.label_selector": ("it chooses among the pods of a workflow, which are all alike", ""),
    "expose_parameters_as_inputs": ("parameters are always arguments of the workflow", ""),
}
"""Keys of the published package without a meaning here: dotted, with underscores; why, and what to do instead."""
