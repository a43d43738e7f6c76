"""The objects that are written: the workflow's spec, wrapped as the kind that was asked for."""

from __future__ import annotations

from typing import Any, TypeVar

from runnable.backends.argo.dag import MAIN, DagWriter
from runnable.backends.argo.expressions import argument_text
from runnable.backends.argo.hera_models import core, meta, models
from runnable.backends.argo.settings import Settings
from runnable.backends.argo.shapes import SCRATCH
from runnable.ir.nodes import Program
from runnable.passes.dataflow import Flow

API_VERSION = "argoproj.io/v1alpha1"
LONGEST_ANNOTATION = 250_000
"""Kubernetes takes 262,144 bytes, and kubectl writes the object as JSON in there."""
DESCRIPTION = "workflows.argoproj.io/description"

M = TypeVar("M", models.Metadata, models.WorkflowMetadata, meta.ObjectMeta)
Object = models.WorkflowTemplate | models.ClusterWorkflowTemplate | models.CronWorkflow | models.Workflow


def workflow_spec(program: Program, flow: Flow, settings: Settings) -> models.WorkflowSpec:
    """The spec for a lowered program (its nodes named by their paths)."""
    writer = DagWriter(flow, settings)
    writer.write(program.graph)
    keys = settings.keys
    has_pods = writer.shapes.defaults() is not None
    return models.WorkflowSpec(
        entrypoint=MAIN,
        active_deadline_seconds=settings.active_deadline_seconds,
        arguments=_arguments(program, flow),
        image_pull_secrets=[core.LocalObjectReference(name=name) for name in keys.image_pull_secrets] or None,
        parallelism=settings.parallelism,
        pod_gc=_model(models.PodGC, settings.pod_gc),
        pod_metadata=_metadata(models.Metadata, settings),
        security_context=_pod_security(keys.run_as_user) if has_pods else None,
        service_account_name=settings.service_account,
        template_defaults=writer.shapes.defaults(),
        templates=[*writer.templates, *writer.shapes.templates()],
        ttl_strategy=_model(models.TTLStrategy, settings.ttl),
        volumes=[core.Volume(name=SCRATCH, empty_dir=core.EmptyDirVolumeSource())] if has_pods else None,
    )


def objects(spec: models.WorkflowSpec, settings: Settings, description: str) -> list[Object]:
    """The object of the kind asked for; behind a template with schedules, the CronWorkflow that runs it."""
    name = settings.name
    metadata = _object_metadata(settings, description, name=name)
    match settings.kind:
        case "Workflow":
            metadata = _object_metadata(settings, description, generate_name=f"{name}-")
            return [models.Workflow(api_version=API_VERSION, kind="Workflow", metadata=metadata, spec=spec)]
        case "CronWorkflow":
            return [_cron(settings, metadata, spec)]
        case kind:
            cluster = kind == "ClusterWorkflowTemplate"
            spec = spec.model_copy(update={"workflow_metadata": _metadata(models.WorkflowMetadata, settings)})
            cls = models.ClusterWorkflowTemplate if cluster else models.WorkflowTemplate
            if cluster:
                metadata = metadata.model_copy(update={"namespace": None})
            found: list[Object] = [cls(api_version=API_VERSION, kind=kind, metadata=metadata, spec=spec)]
            if settings.schedules:
                reference = models.WorkflowTemplateRef(name=name, cluster_scope=True if cluster else None)
                by_reference = models.WorkflowSpec(workflow_template_ref=reference)
                found.append(_cron(settings, _object_metadata(settings, description, name=name), by_reference))
            return found


def heading(name: str, texts: list[str]) -> str:
    """The comment on top of a file of objects. `name` is their name."""
    lines = [f"# Compiled by runnable from the pipeline {name}: change the pipeline, not this file.\n"]
    if any(len(text) > LONGEST_ANNOTATION for text in texts):
        lines.append(
            "# It is larger than what `kubectl apply` keeps in an annotation: kubectl apply --server-side -f FILE\n"
        )
    return "".join(lines)


def dump(item: models.WorkflowSpec | Object) -> dict[str, Any]:
    """An object as JSON values, fields without a value left out."""
    dumped: dict[str, Any] = item.model_dump(mode="json", by_alias=True, exclude_none=True)
    return dumped


def _cron(settings: Settings, metadata: meta.ObjectMeta, spec: models.WorkflowSpec) -> models.CronWorkflow:
    return models.CronWorkflow(
        api_version=API_VERSION,
        kind="CronWorkflow",
        metadata=metadata,
        spec=models.CronWorkflowSpec(
            schedules=list(settings.schedules),
            timezone=settings.timezone,
            workflow_metadata=_metadata(meta.ObjectMeta, settings),
            workflow_spec=spec,
        ),
    )


def _arguments(program: Program, flow: Flow) -> models.Arguments | None:
    read = {name for sources in flow.sources.values() for name in sources.parameters}
    parameters = [
        models.Parameter(name=name, value=argument_text(value))
        for name, value in program.parameters.items()
        if name in read
    ]
    return models.Arguments(parameters=parameters) if parameters else None


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


def _pod_security(user: int | None) -> core.PodSecurityContext:
    """What the restricted Pod Security Standard asks of a pod."""
    return core.PodSecurityContext(
        run_as_non_root=True, run_as_user=user, seccomp_profile=core.SeccompProfile(type="RuntimeDefault")
    )


def _model(cls: Any, keys: Any) -> Any:
    """Configuration keys as the model of the same fields, or None if nothing of it is set."""
    given = keys.model_dump(exclude_none=True) if keys is not None else {}
    return cls(**given) if given else None
