"""Objects of Argo's API, of the group argoproj.io/v1alpha1: what we write of them."""

from __future__ import annotations

from runnable.targets.argo.api import core
from runnable.targets.argo.api.meta import ObjectMeta
from runnable.targets.argo.api.objects import ApiObject


class SuppliedValueFrom(ApiObject):
    """Nothing: somebody supplies it."""


class ValueFrom(ApiObject):
    default: str | None = None
    expression: str | None = None
    parameter: str | None = None
    path: str | None = None
    supplied: SuppliedValueFrom | None = None


class Parameter(ApiObject):
    name: str
    default: str | None = None
    description: str | None = None
    enum: list[str] | None = None
    value: str | None = None
    value_from: ValueFrom | None = None


class Arguments(ApiObject):
    parameters: list[Parameter] | None = None


class Inputs(ApiObject):
    parameters: list[Parameter] | None = None


class NoneStrategy(ApiObject):
    """Nothing: it is kept as it is."""


class ArchiveStrategy(ApiObject):
    none: NoneStrategy | None = None


class Artifact(ApiObject):
    name: str
    archive: ArchiveStrategy | None = None
    optional: bool | None = None
    path: str | None = None


class Outputs(ApiObject):
    artifacts: list[Artifact] | None = None
    parameters: list[Parameter] | None = None


class Metadata(ApiObject):
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class WorkflowMetadata(ApiObject):
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class Mutex(ApiObject):
    name: str


class SemaphoreRef(ApiObject):
    config_map_key_ref: core.ConfigMapKeySelector | None = None


class Synchronization(ApiObject):
    mutexes: list[Mutex] | None = None
    semaphores: list[SemaphoreRef] | None = None


class Backoff(ApiObject):
    duration: str | None = None
    factor: int | None = None
    max_duration: str | None = None


class RetryStrategy(ApiObject):
    backoff: Backoff | None = None
    expression: str | None = None
    limit: str | None = None
    retry_policy: str | None = None


class TemplateRef(ApiObject):
    name: str
    template: str
    cluster_scope: bool | None = None


class DAGTask(ApiObject):
    name: str
    arguments: Arguments | None = None
    depends: str | None = None
    template: str | None = None
    template_ref: TemplateRef | None = None
    when: str | None = None
    with_param: str | None = None


class DAGTemplate(ApiObject):
    tasks: list[DAGTask]
    fail_fast: bool | None = None


class SuspendTemplate(ApiObject):
    duration: str | None = None


class Cache(ApiObject):
    config_map: core.LocalObjectReference


class Memoize(ApiObject):
    cache: Cache
    key: str
    max_age: str


class HTTPHeaderSource(ApiObject):
    secret_key_ref: core.SecretKeySelector | None = None


class HTTPHeader(ApiObject):
    name: str
    value: str | None = None
    value_from: HTTPHeaderSource | None = None


class HTTP(ApiObject):
    url: str
    method: str | None = None
    headers: list[HTTPHeader] | None = None
    body: str | None = None
    success_condition: str | None = None
    timeout_seconds: int | None = None


class Template(ApiObject):
    """Those fields are missing here that only come from options that stand in a pod's spec as they are."""

    name: str | None = None
    active_deadline_seconds: int | None = None
    container: core.Container | None = None
    dag: DAGTemplate | None = None
    http: HTTP | None = None
    inputs: Inputs | None = None
    memoize: Memoize | None = None
    metadata: Metadata | None = None
    outputs: Outputs | None = None
    parallelism: int | None = None
    pod_spec_patch: str | None = None
    retry_strategy: RetryStrategy | None = None
    suspend: SuspendTemplate | None = None
    synchronization: Synchronization | None = None
    volumes: list[core.Volume] | None = None


class ExecutorConfig(ApiObject):
    service_account_name: str


class PodGC(ApiObject):
    delete_delay_duration: str | None = None
    strategy: str | None = None


class TTLStrategy(ApiObject):
    seconds_after_completion: int | None = None
    seconds_after_failure: int | None = None
    seconds_after_success: int | None = None


class WorkflowTemplateRef(ApiObject):
    name: str
    cluster_scope: bool | None = None


class WorkflowSpec(ApiObject):
    active_deadline_seconds: int | None = None
    archive_logs: bool | None = None
    arguments: Arguments | None = None
    automount_service_account_token: bool | None = None
    entrypoint: str | None = None
    executor: ExecutorConfig | None = None
    image_pull_secrets: list[core.LocalObjectReference] | None = None
    on_exit: str | None = None
    parallelism: int | None = None
    pod_gc: PodGC | None = None
    pod_metadata: Metadata | None = None
    pod_spec_patch: str | None = None
    security_context: core.PodSecurityContext | None = None
    service_account_name: str | None = None
    synchronization: Synchronization | None = None
    template_defaults: Template | None = None
    templates: list[Template] | None = None
    ttl_strategy: TTLStrategy | None = None
    volumes: list[core.Volume] | None = None
    workflow_metadata: WorkflowMetadata | None = None
    workflow_template_ref: WorkflowTemplateRef | None = None


class WorkflowObject(ApiObject):
    """What a workflow, and what workflows are made of, have in common."""

    api_version: str
    kind: str
    metadata: ObjectMeta
    spec: WorkflowSpec


class Workflow(WorkflowObject):
    pass


class WorkflowTemplate(WorkflowObject):
    pass


class ClusterWorkflowTemplate(WorkflowObject):
    pass


class StopStrategy(ApiObject):
    expression: str


class CronWorkflowSpec(ApiObject):
    schedules: list[str]
    timezone: str | None = None
    concurrency_policy: str | None = None
    starting_deadline_seconds: int | None = None
    successful_jobs_history_limit: int | None = None
    failed_jobs_history_limit: int | None = None
    suspend: bool | None = None
    when: str | None = None
    stop_strategy: StopStrategy | None = None
    workflow_metadata: ObjectMeta | None = None
    workflow_spec: WorkflowSpec


class CronWorkflow(ApiObject):
    api_version: str
    kind: str
    metadata: ObjectMeta
    spec: CronWorkflowSpec
