"""The objects that are written: the workflow's spec, wrapped as the kind that was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from runnable.ir.at_exit import joined_program
from runnable.ir.nodes import Declaration, Program
from runnable.passes.analysis.dataflow import Flow
from runnable.targets.argo.api import core, meta, models
from runnable.targets.argo.api.objects import ApiObject
from runnable.targets.argo.dag import MAIN, DagWriter
from runnable.targets.argo.expressions import argument_text, declared_text
from runnable.targets.argo.pod_patch import patch_of_workflow
from runnable.targets.argo.room import Rooms
from runnable.targets.argo.settings import Settings
from runnable.targets.argo.split import Part
from runnable.targets.argo.synchronization import synchronization
from runnable.targets.argo.templates import read_parameters

API_VERSION = "argoproj.io/v1alpha1"
LONGEST_ANNOTATION = 250_000
"""Kubernetes takes 262,144 bytes, and kubectl writes the object as JSON in there."""
DESCRIPTION = "workflows.argoproj.io/description"

M = TypeVar("M", models.Metadata, models.WorkflowMetadata, meta.ObjectMeta)
Object = ApiObject
"""A WorkflowTemplate, ClusterWorkflowTemplate, CronWorkflow or Workflow; and, for events, an EventSource or Sensor."""


def workflow_spec(program: Program, flow: Flow, settings: Settings, rooms: Rooms) -> models.WorkflowSpec:
    """The spec for a lowered program (its nodes named by their paths); `flow` is that of `joined_program`."""
    writer = DagWriter(joined_program(program), flow, settings, rooms)
    writer.write(program.graph)
    on_exit = writer.write_exit(program.at_exit) if program.at_exit is not None else None
    keys = settings.keys
    has_pods = writer.templates.containers.has_pods
    on_each = has_pods and not writer.templates.others_of.requests
    separate = has_pods and keys.executor_service_account and not keys.automount_service_account_token
    return models.WorkflowSpec(
        entrypoint=MAIN,
        on_exit=on_exit,
        archive_logs=True if keys.artifacts is not None and keys.artifacts.logs else None,
        executor=_executor(keys.executor_service_account) if has_pods else None,
        active_deadline_seconds=settings.active_deadline_seconds,
        automount_service_account_token=False if separate else None,
        arguments=_arguments(program, flow),
        image_pull_secrets=[core.LocalObjectReference(name=name) for name in keys.image_pull_secrets] or None,
        parallelism=settings.parallelism,
        pod_gc=_model(models.PodGC, settings.pod_gc),
        pod_metadata=_metadata(models.Metadata, settings),
        pod_spec_patch=patch_of_workflow(keys) if on_each else None,
        security_context=_pod_security(keys.run_as_user, settings) if has_pods else None,
        service_account_name=settings.service_account,
        synchronization=synchronization(program.locks, keys.semaphore_config_map),
        template_defaults=writer.templates.containers.defaults(),
        templates=[*writer.templates.written, *writer.templates.containers.templates()],
        ttl_strategy=_model(models.TTLStrategy, settings.ttl),
        volumes=writer.templates.containers.volumes(),
    )


def objects(spec: models.WorkflowSpec, parts: Iterable[Part], settings: Settings, program: Program) -> list[Object]:
    """The `parts` that `spec` calls, then the object of the kind asked for.

    After a template with schedules comes the CronWorkflow that runs it, and then what runs it for events.
    """
    description = program.description
    name = settings.name
    found: list[Object] = [_part(part, spec, settings) for part in parts]
    metadata = _object_metadata(settings, description, name=name)
    match settings.kind:
        case "Workflow":
            metadata = _object_metadata(settings, description, generate_name=f"{name}-")
            return [*found, models.Workflow(api_version=API_VERSION, kind="Workflow", metadata=metadata, spec=spec)]
        case "CronWorkflow":
            return [*found, _cron(settings, metadata, spec)]
        case _:
            spec = spec.replaced(workflow_metadata=_metadata(models.WorkflowMetadata, settings))
            found.append(_template(settings, metadata, spec))
            if settings.schedules:
                reference = models.WorkflowTemplateRef(name=name, cluster_scope=True if settings.is_cluster else None)
                by_reference = models.WorkflowSpec(workflow_template_ref=reference)
                found.append(_cron(settings, _object_metadata(settings, description, name=name), by_reference))
            return [*found, *_events(settings, program)]


def heading(settings: Settings, texts: Sequence[str], parts: Sequence[Part]) -> str:
    """The comment on top of a file of objects."""
    lines = [f"# Compiled by runnable from the pipeline {settings.name}: change the pipeline, not this file.\n"]
    if any(len(text) > LONGEST_ANNOTATION for text in texts):
        lines.append(
            "# It is larger than what `kubectl apply` keeps in an annotation: kubectl apply --server-side -f FILE\n"
        )
    if parts:
        several = f"{parts[0].name} to {parts[-1].name} have" if len(parts) > 1 else f"{parts[0].name} has"
        lines.append(f"# One object would be too large: {several} the templates that {settings.name} calls.\n")
        if settings.kind == "Workflow":
            lines.append(
                "# kubectl create -f FILE runs it. To run it again, create the last object of the file alone.\n"
            )
    return "".join(lines)


def _part(part: Part, spec: models.WorkflowSpec, settings: Settings) -> Object:
    """A part as an object. Its defaults tell the validation that its containers have an image: workflows use others."""
    own = models.WorkflowSpec(template_defaults=spec.template_defaults, templates=part.templates)
    return _template(settings, _object_metadata(settings, "", name=part.name), own)


def _template(settings: Settings, metadata: meta.ObjectMeta, spec: models.WorkflowSpec) -> Object:
    if settings.is_cluster:
        metadata = metadata.replaced(namespace=None)
        return models.ClusterWorkflowTemplate(
            api_version=API_VERSION, kind="ClusterWorkflowTemplate", metadata=metadata, spec=spec
        )
    return models.WorkflowTemplate(api_version=API_VERSION, kind="WorkflowTemplate", metadata=metadata, spec=spec)


def _cron(settings: Settings, metadata: meta.ObjectMeta, spec: models.WorkflowSpec) -> models.CronWorkflow:
    return models.CronWorkflow(
        api_version=API_VERSION,
        kind="CronWorkflow",
        metadata=metadata,
        spec=models.CronWorkflowSpec(
            schedules=list(settings.schedules),
            timezone=settings.timezone,
            **_policies(settings),
            workflow_metadata=_metadata(meta.ObjectMeta, settings),
            workflow_spec=spec,
        ),
    )


def _events(settings: Settings, program: Program) -> Iterable[Object]:
    """What starts workflows for events."""
    if settings.keys.events is None:
        return ()
    from runnable.targets.argo.events import event_objects

    reference = models.WorkflowTemplateRef(name=settings.name, cluster_scope=True if settings.is_cluster else None)
    shared = {key: text for key, text in _object_metadata(settings, "").items() if key in ("namespace", "labels")}
    return (
        ApiObject().copy_with(one)
        for one in event_objects(settings.keys.events, program, settings.name, reference, shared)
    )


def _policies(settings: Settings) -> dict[str, Any]:
    """How a CronWorkflow starts and keeps workflows, as far as the configuration says."""
    cron = settings.keys.cron_schedule
    found = cron.model_dump(exclude_none=True, exclude={"schedules", "timezone"}) if cron else {}
    if "stop_strategy" in found:
        found["stop_strategy"] = models.StopStrategy(**found["stop_strategy"])
    return found


def _arguments(program: Program, flow: Flow) -> models.Arguments | None:
    declared = {one.name: one for one in program.declared}
    parameters = [_parameter(program, name, declared.get(name)) for name in read_parameters(program, flow)]
    return models.Arguments(parameters=parameters) if parameters else None


def _parameter(program: Program, name: str, declared: Declaration | None) -> models.Parameter:
    """An argument of the workflow. One that is open has no value: Argo refuses a workflow that gives it none."""
    if declared is None:
        return models.Parameter(name=name, value=argument_text(program.parameters[name]))
    value = declared_text(program.parameters[name], declared.kind) if name in program.parameters else None
    choices = [declared_text(choice, declared.kind) for choice in declared.choices]
    if choices and declared.has_default and declared.default is None:
        choices.append(declared_text(None, declared.kind))
    return models.Parameter(name=name, value=value, enum=choices or None, description=declared.help or None)


def _object_metadata(
    settings: Settings, description: str, *, name: str | None = None, generate_name: str | None = None
) -> meta.ObjectMeta:
    annotations = {**({DESCRIPTION: description} if description else {}), **settings.annotations}
    return meta.ObjectMeta(
        name=name,
        generate_name=generate_name,
        namespace=settings.namespace,
        labels=dict(settings.labels) or None,
        annotations=annotations or None,
    )


def _metadata(cls: type[M], settings: Settings) -> M | None:
    """Labels and annotations, for whatever is made of the object."""
    if not settings.labels and not settings.annotations:
        return None
    return cls(labels=dict(settings.labels) or None, annotations=dict(settings.annotations) or None)


def _executor(service_account: str | None) -> models.ExecutorConfig | None:
    return models.ExecutorConfig(service_account_name=service_account) if service_account else None


def _pod_security(user: int | None, settings: Settings) -> core.PodSecurityContext:
    """What the restricted Pod Security Standard asks of a pod; a volume for the store has to belong to the user."""
    on_volume = settings.store is not None and settings.store.claim
    return core.PodSecurityContext(
        fs_group=user if on_volume else None,
        run_as_non_root=True,
        run_as_user=user,
        seccomp_profile=core.SeccompProfile(type="RuntimeDefault"),
    )


def _model(cls: Any, keys: Any) -> Any:
    """Configuration keys as the model of the same fields, or None if nothing of it is set."""
    given = keys.model_dump(exclude_none=True) if keys is not None else {}
    return cls(**given) if given else None
