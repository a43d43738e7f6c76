"""A Job, or a CronJob that makes Jobs, as JSON values.

Source of the fields: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/
"""

from __future__ import annotations

from dataclasses import replace

from runnable.diagnostics.codes.targets import TooLarge
from runnable.diagnostics.errors import DefinitionError
from runnable.ir.nodes import Program, Task
from runnable.ir.task_spec import pod_spec
from runnable.targets.k8s_job.settings import NAMESPACE_VARIABLE, THIS_JOB, Settings
from runnable.targets.k8s_job.volumes import ON_NODE
from runnable.targets.kubernetes.pod_fragment import complete, merge_spec
from runnable.targets.kubernetes.pod_options import PodOptions, literal, spec_fields
from runnable.targets.kubernetes.pod_run_log import POD_FIELDS, PodRunLog
from runnable.targets.kubernetes.pod_store import KEY_VARIABLES, MOUNT, TOKEN_VARIABLE
from runnable_runtime.protocol import (
    ATTEMPT_VARIABLE,
    OUTPUTS_PRINTED,
    PROTOCOL_VERSION,
    RUN_ID_VARIABLE,
    Json,
)
from runnable_runtime.values.parameters import encode, encode_lines

Object = dict[str, Json]
DESCRIPTION = "runnable/description"
LONGEST_ARGUMENT = 128 * 1024 - 1
"""Bytes: what Linux takes for one argument (MAX_ARG_STRLEN), without the zero after it."""
_JOB_NAME = "metadata.labels['batch.kubernetes.io/job-name']"
"""Kubernetes labels a Job's pods so; the name is the run's id."""


def heading(settings: Settings) -> str:
    """The comment on top of the file."""
    comment = f"# Compiled by runnable from the pipeline {settings.name}: change the pipeline, not this file.\n"
    if settings.kind == "Job":
        comment += "# kubectl create -f FILE runs it, each time as a Job of its own.\n"
    return comment


def job(task: Task, program: Program, settings: Settings) -> Object:
    """The object of the kind asked for, which runs `task`, the only one of `program`."""
    pod = settings.pod_options(task)
    spec: Object = _some(
        backoffLimit=pod.retry.limit,
        activeDeadlineSeconds=settings.active_deadline_seconds,
        ttlSecondsAfterFinished=settings.ttl,
        template={"metadata": _labelled(settings, pod), "spec": _pod(task, program, settings, pod)},
    )
    metadata = _labelled(settings) | _some(namespace=settings.namespace)
    if program.description:
        metadata["annotations"] = {DESCRIPTION: program.description, **metadata.get("annotations", {})}
    if settings.kind == "Job":
        metadata["generateName"] = f"{settings.name}-"
        return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}
    metadata["name"] = settings.name
    keys = settings.keys
    cron: Object = _some(
        schedule=keys.schedule,
        timeZone=keys.timezone,
        concurrencyPolicy=keys.concurrency_policy,
        jobTemplate={"metadata": _labelled(settings), "spec": spec},
    )
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": cron}


def _pod(task: Task, program: Program, settings: Settings, pod: PodOptions) -> Object:
    """The spec of a pod that is admitted where the restricted Pod Security Standard is enforced."""
    keys, claim = settings.keys, settings.store.claim if settings.store else ""
    security = _some(
        runAsNonRoot=True,
        runAsUser=keys.run_as_user,
        fsGroup=keys.run_as_user if claim and claim != ON_NODE else None,
        seccompProfile={"type": "RuntimeDefault"},
    )
    volumes: list[Json] = [{"name": "tmp", "emptyDir": {}}]
    if claim and claim != ON_NODE:
        volumes.append({"name": "store", "persistentVolumeClaim": {"claimName": claim}})
    for name, (path, _) in settings.node_folders.items():
        volumes.append({"name": name, "hostPath": {"path": path, "type": "Directory"}})
    spec = _some(
        # One attempt's time, as elsewhere. That of the Job would be for all attempts.
        activeDeadlineSeconds=pod.timeout,
        automountServiceAccountToken=keys.automount_service_account_token,
        containers=[_container(task, program, pod, settings)],
        imagePullSecrets=[{"name": name} for name in keys.image_pull_secrets],
        restartPolicy="Never",
        securityContext=security,
        volumes=volumes,
        **{"serviceAccountName": settings.service_account, **spec_fields(pod)},
    )
    merged: Object = merge_spec(spec, complete(pod.pod, pod.image, settings.requests, settings.limits))
    return merged


def _container(task: Task, program: Program, pod: PodOptions, settings: Settings) -> Object:
    store, log = settings.store, settings.run_log
    mounts: list[Json] = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - a pod's own volume
    if store and store.claim and store.claim != ON_NODE:
        mounts.append({"name": "store", "mountPath": MOUNT})
    mounts += [{"name": name, "mountPath": mount} for name, (_, mount) in settings.node_folders.items()]
    return _some(
        name="main",
        image=pod.image,
        imagePullPolicy=pod.pull_policy,
        command=["python", "-m", "runnable_runtime"],
        args=_arguments(task, program, log),
        env=_environment(pod, settings),
        resources=_some(requests=dict(pod.requests), limits=dict(pod.limits)),
        securityContext={
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        terminationMessagePolicy="FallbackToLogsOnError",
        volumeMounts=mounts,
    )


def _arguments(task: Task, program: Program, log: PodRunLog | None) -> list[str]:
    """The runtime's command line. What the task returns is printed: nothing comes after it that could read it.

    With a `log` the first pod of a run is given the run's parameters, for its record.
    """
    wanted = {*task.reads.required, *task.reads.optional}
    given = {k: v for k, v in program.parameters.items() if task.reads.everything or k in wanted}
    place = log.places.get(task.name, ()) if log else ()
    spec = encode(pod_spec(task, place=place).to_json())
    inputs, parameters = encode_lines(given), encode_lines(program.parameters) if log else ""
    for what, text in (("the step itself", spec), ("the parameters", inputs), ("the parameters", parameters)):
        if len(text) > LONGEST_ARGUMENT:
            what = f"bytes of {what} in an argument of the pod's command"
            way_out = "put large values into a file of the image, or into the catalog"
            problem = TooLarge(span=task.span, what=what, found=len(text), limit=LONGEST_ARGUMENT, way_out=way_out)
            raise DefinitionError([problem])
    printed = ["--outputs", OUTPUTS_PRINTED] if task.returns else []
    recorded = ["--parameters", parameters] if parameters else []
    return ["--protocol", str(PROTOCOL_VERSION), "--spec", spec, "--inputs", inputs, *recorded, *printed]


def _environment(pod: PodOptions, settings: Settings) -> list[Json]:
    store, log = settings.store, settings.run_log
    found: list[Json] = [_of_the_pod(RUN_ID_VARIABLE, _JOB_NAME), {"name": ATTEMPT_VARIABLE, "value": "1"}]
    if log:
        found.append(_of_the_pod(NAMESPACE_VARIABLE, "metadata.namespace"))
        log = replace(log, about={**log.about, "attempts": pod.retry.limit + 1})
        found += [{"name": n, "value": v if v == THIS_JOB else literal(v)} for n, v in log.variables]
        found += [_of_the_pod(name, field) for name, field in POD_FIELDS]
    pairs = [*(store.variables if store else ()), *pod.env]
    found += [{"name": name, "value": literal(value)} for name, value in pairs]
    if secret := settings.credentials:
        found += [_secret(name, secret, name) for name in KEY_VARIABLES]
        found.append(_secret(TOKEN_VARIABLE, secret, TOKEN_VARIABLE, optional=True))
    return found + [_secret(one.variable, one.secret, one.key) for one in pod.secrets]


def _of_the_pod(name: str, field: str) -> Json:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": field}}}


def _secret(variable: str, secret: str, key: str, *, optional: bool | None = None) -> Json:
    return {"name": variable, "valueFrom": {"secretKeyRef": _some(name=secret, key=key, optional=optional)}}


def _labelled(settings: Settings, pod: PodOptions | None = None) -> Object:
    """Labels and annotations, of a pod with its own over them."""
    labels: Object = {**settings.selected, **dict(pod.labels)} if pod else {}
    annotations: Object = dict(pod.annotations) if pod else {}
    return _some(labels={**settings.keys.labels, **labels}, annotations={**settings.annotations, **annotations})


def _some(**fields: Json) -> Object:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None and value != {} and value != []}
