"""The keys of `pipeline-executor: {type: argo, config: …}`. docs/configuration-argo.md describes them for users.

Keys are written in camelCase or with underscores. Those of the published `runnable` are taken where they have a meaning
here; the others are refused by name (`REFUSED`), with the reason.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from runnable.backends.argo.expressions import has_tag
from runnable.backends.argo.quantities import parse_environment, parse_quantity, parse_seconds


def _without_tag(text: str) -> str:
    if has_tag(text):
        raise ValueError("'{{' is not allowed here: Argo would replace what it starts")
    return text


Text = Annotated[str, AfterValidator(_without_tag), Field(min_length=1)]
AnyText = Annotated[str, AfterValidator(_without_tag)]
Image = Annotated[Text, Field(pattern=r"^\S+$")]
Seconds = Annotated[int, BeforeValidator(parse_seconds), Field(gt=0, le=366 * 86400)]
Quantity = Annotated[str, BeforeValidator(parse_quantity)]
Environment = Annotated[dict[str, AnyText], BeforeValidator(parse_environment)]
Duration = Annotated[str, Field(pattern=r"^\d+(\.\d+)?(s|m|h)?$")]
Schedule = Annotated[
    str,
    Field(pattern=r"^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|@every\s+(\d+(ns|us|ms|s|m|h))+"
          r"|([A-Za-z0-9*,/?-]+\s+){4}[A-Za-z0-9*,/?-]+)$"),
]  # fmt: skip
"""What the schema of a CronWorkflow takes."""
Label = Annotated[str, Field(pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$")]
LabelKey = Annotated[str, Field(pattern=r"^([a-z0-9][-a-z0-9.]*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
Namespace = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
SecretName = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")]
KubernetesKey = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?(/[-._A-Za-z0-9]{1,253})?$")]
"""A Kubernetes Secret, and behind a slash a key in it."""
PullPolicy = Literal["Always", "IfNotPresent", "Never"]


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True, alias_generator=to_camel, frozen=True)


class TolerationKeys(_Keys):
    """As in the Pod API."""

    key: str | None = None
    operator: Literal["Exists", "Equal"] | None = None
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    toleration_seconds: int | None = None


class BackoffKeys(_Keys):
    """Waiting between attempts."""

    duration: Duration | None = None
    factor: Annotated[int, Field(ge=1)] | None = None
    max_duration: Duration | None = None


class RetryKeys(_Keys):
    """Argo's retryStrategy; `backOff` is how the published package spells it."""

    limit: Annotated[int, Field(ge=0, le=100)] | None = None
    retry_policy: Literal["Always", "OnFailure", "OnError", "OnTransientError"] | None = None
    backoff: BackoffKeys | None = Field(default=None, validation_alias=AliasChoices("backoff", "backOff", "back_off"))


class ResourceKeys(_Keys):
    """`cpu`, `memory` and `gpu` are requests and limits at once; `requests` and `limits` have them separately."""

    cpu: Quantity | None = None
    memory: Quantity | None = None
    gpu: Annotated[int, Field(ge=0)] | None = None
    requests: dict[str, Quantity] = {}
    limits: dict[str, Quantity] = {}


class StepKeys(_Keys):
    """How a step runs: under `defaults`, and under each key of `overrides`."""

    image: Image | None = None
    image_pull_policy: PullPolicy | None = None
    retry: Annotated[int, Field(ge=0, le=100)] | None = None
    retry_strategy: RetryKeys | None = None
    timeout: Seconds | None = Field(
        default=None, validation_alias=AliasChoices("timeout", "activeDeadlineSeconds", "active_deadline_seconds")
    )
    resources: ResourceKeys | None = None
    env: Environment = {}
    node_selector: dict[str, str] = {}
    tolerations: tuple[TolerationKeys, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_timeout(cls, keys: Any) -> Any:
        if isinstance(keys, dict):
            spellings = [k for k in ("timeout", "activeDeadlineSeconds", "active_deadline_seconds") if k in keys]
            if len(spellings) > 1:
                raise ValueError(f"{' and '.join(spellings)} are the same key: give one")
        return keys

    @model_validator(mode="after")
    def _one_limit(self) -> StepKeys:
        if self.retry is not None and self.retry_strategy is not None and self.retry_strategy.limit is not None:
            raise ValueError("retry and retryStrategy.limit are the same key: give one")
        return self


class TtlKeys(_Keys):
    """How long a finished workflow is kept, in seconds."""

    seconds_after_completion: Annotated[int, Field(ge=0)] | None = None
    seconds_after_success: Annotated[int, Field(ge=0)] | None = None
    seconds_after_failure: Annotated[int, Field(ge=0)] | None = None


class PodGcKeys(_Keys):
    """When finished pods are deleted."""

    strategy: Literal["OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion", "OnWorkflowSuccess"] | None = None
    delete_delay_duration: Duration | None = None


def _pod_gc() -> Any:
    return Field(default=None, alias="podGC", validation_alias=AliasChoices("podGC", "podGc", "pod_gc"))


def _service_account() -> Any:
    spellings = ("serviceAccount", "service_account", "serviceAccountName", "service_account_name")
    return Field(default=None, alias="serviceAccount", validation_alias=AliasChoices(*spellings))


class MetadataKeys(_Keys):
    """`argoWorkflow.metadata` of the published package. `generateName` without its hyphen is the object's name."""

    generate_name: Text | None = None
    namespace: Namespace | None = None
    labels: dict[LabelKey, Label] = {}
    annotations: dict[LabelKey, AnyText] = {}


class WorkflowKeys(_Keys):
    """`argoWorkflow.spec` of the published package."""

    active_deadline_seconds: Seconds | None = None
    node_selector: dict[str, str] = {}
    parallelism: Annotated[int, Field(ge=1)] | None = None
    pod_gc: PodGcKeys | None = _pod_gc()
    service_account: Text | None = _service_account()
    tolerations: tuple[TolerationKeys, ...] = ()


class PublishedKeys(_Keys):
    """`argoWorkflow` of the published package."""

    metadata: MetadataKeys = MetadataKeys()
    spec: WorkflowKeys = WorkflowKeys()


class CronKeys(_Keys):
    """`cron_schedule` of the published package."""

    schedules: Annotated[tuple[Schedule, ...], Field(min_length=1)]
    timezone: Text | None = None


class ArgoKeys(_Keys):
    """All of `config`."""

    image: Image | None = None
    image_pull_policy: PullPolicy | None = None
    image_pull_secrets: tuple[Text, ...] = ()
    service_account: Text | None = _service_account()
    namespace: Namespace | None = None
    labels: dict[LabelKey, Label] = {}
    annotations: dict[LabelKey, AnyText] = {}
    env: Environment = {}
    parallelism: Annotated[int, Field(ge=1)] | None = None
    active_deadline_seconds: Seconds | None = None
    schedules: tuple[Schedule, ...] = ()
    timezone: Text | None = None
    ttl: Seconds | TtlKeys | None = None
    pod_gc: PodGcKeys | None = _pod_gc()
    secrets: dict[str, KubernetesKey] = {}
    secret_from_k8s: SecretName | None = None
    run_as_user: Annotated[int, Field(ge=1)] | None = 1000
    automount_service_account_token: bool = False
    executor_service_account: Text | None = None
    patch_executor: bool = True
    default_resources: ResourceKeys | None = ResourceKeys(
        requests={"cpu": "100m", "memory": "256Mi"}, limits={"cpu": "2", "memory": "2Gi"}
    )
    executor_resources: ResourceKeys | None = ResourceKeys(
        requests={"cpu": "10m", "memory": "64Mi"}, limits={"cpu": "500m", "memory": "512Mi"}
    )
    defaults: StepKeys = StepKeys()
    overrides: dict[str, StepKeys] | None = None
    argo_workflow: PublishedKeys = PublishedKeys()
    cron_schedule: CronKeys | None = None
    expose_parameters_as_inputs: Literal[True] = True
    pvc_for_runnable: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")] | None = None


REFUSED = {
    "custom_volumes": "volumes are not supported yet",
    "configmap_cache_name": "there is no cache of finished steps. Leave the key out",
    "output_file": "say where to write on the command line: runnable compile -o FILE",
    "log_level": "it has no meaning here. Leave the key out",
    "mock": "mocked runs are not supported yet",
    "defaults.fail_fast": "all branches of a Parallel always run. Leave the key out",
    "defaults.parallelism": "give `parallelism` beside `defaults`: it counts the pods of the whole workflow",
    "argo_workflow.spec.retry_strategy": "it would repeat whole branches too: give `retry` under `defaults`",
}
"""Keys of the published package without a meaning here: the dotted key with underscores, and what to do instead."""
