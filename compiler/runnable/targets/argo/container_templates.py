"""Container templates: one for all tasks that are run in the same way, which one being the task's argument `spec`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from runnable.ir.nodes import Locks, Question
from runnable.ir.options import Pairs
from runnable.targets.argo.amounts import resources
from runnable.targets.argo.api import core, models
from runnable.targets.argo.approvals import ask_template
from runnable.targets.argo.artifacts import NOTHING, Shown
from runnable.targets.argo.expressions import (
    ATTEMPT,
    BRACE,
    DIED,
    GIVEN_IMAGE,
    GIVEN_INPUT,
    GIVEN_SPEC,
    IMAGE,
    INPUT,
    OUTPUT,
    RUN_NAME,
    SPEC,
)
from runnable.targets.argo.lookup import Lookup
from runnable.targets.argo.names import Names
from runnable.targets.argo.others import NO_OTHERS, Others, RequestTemplate, merged, request_template
from runnable.targets.argo.pod_patch import pod_patch
from runnable.targets.argo.programs import (
    ProgramTemplate,
    arguments_of,
    command_of,
    folders_of,
    program_inputs,
    program_outputs,
)
from runnable.targets.argo.settings import Settings
from runnable.targets.argo.synchronization import synchronization
from runnable.targets.argo.template_fragment import template_fields
from runnable.targets.kubernetes.pod_fragment import complete, merge_spec
from runnable.targets.kubernetes.pod_options import PodOptions, Retry, SecretKey, literal, spec_fields
from runnable.targets.kubernetes.pod_run_log import POD_FIELDS
from runnable.targets.kubernetes.pod_store import KEY_VARIABLES, MOUNT, TOKEN_VARIABLE
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import (
    ATTEMPT_VARIABLE,
    DEFAULT_OUTPUTS_PATH,
    PROTOCOL_VERSION,
    RUN_ID_VARIABLE,
    Json,
    TaskKind,
)

STUB = "stub"
MAIN_CONTAINER = "main"
"""What Argo calls the container of a template."""
SCRATCH, STORE = "tmp", "store"
"""The volumes of a pod: its own, and the one that the store is on."""
_PATCHED = ("runtimeClassName",)
"""Fields of a pod's spec that Argo's templates have not."""
# Each value is an argument of its own: Argo hands a long one over as `@file`.
_PROTOCOL = ("--protocol", str(PROTOCOL_VERSION))
_INPUTS = ("--inputs", GIVEN_INPUT)


@dataclass(frozen=True, slots=True)
class ContainerTemplate:
    """What two tasks must have in common to share a template."""

    kind: TaskKind | Literal["fused"]
    returns: bool
    pod: PodOptions
    shown: Shown = NOTHING


class ContainerTemplates:
    """The container templates in use, in the order in which they were first asked for.

    `whole`: each names its image. Argo does not look for the one in the defaults of a ClusterWorkflowTemplate when it
    validates (4.1.2, validateLeaf in workflow/validate/validate.go). `parameters`: the lines with those of the run
    that are recorded, where pods write records. `others`: what the workflow has beside our pods.
    """

    def __init__(
        self,
        settings: Settings,
        names: Names,
        lookup: Lookup,
        parameters: Sequence[str] = (),
        others: Others = NO_OTHERS,
    ) -> None:
        self._others = others
        self._base = pod_patch(settings.keys) if others.requests else {}
        self._lookup = lookup
        self._semaphores = settings.keys.semaphore_config_map
        self._common = settings.common
        self._usual = settings.requests, settings.limits
        self._names = names
        self._store = settings.store
        self._run_log = settings.run_log
        self._secret = settings.credentials
        self._whole = settings.is_cluster
        self._run_id = settings.finished.run_id if settings.finished else RUN_NAME
        self._more_arguments = ["--parameters", "\n".join(parameters)] if self._run_log and parameters else []
        self._found: dict[ContainerTemplate, str] = {}
        self._programs: dict[ProgramTemplate, str] = {}
        self._questions: dict[str, tuple[str, Question]] = {}
        self._requests: dict[RequestTemplate, str] = {}
        self._stub = ""

    def template(self, wanted: ContainerTemplate) -> str:
        """The name of the template for `wanted`."""
        name = self._found.get(wanted)
        if name is None:
            name = self._found[wanted] = self._names.new(f"{wanted.kind}-returns" if wanted.returns else wanted.kind)
        return name

    def program(self, wanted: ProgramTemplate) -> str:
        """The name of the template of a pod that runs a program of an image which has no runtime."""
        name = self._programs.get(wanted)
        if name is None:
            name = self._programs[wanted] = self._names.new("container")
        return name

    def question(self, asked: Question) -> str:
        """The name of the template of a node that waits for a person."""
        key = repr(asked)  # a default can be a list
        if key not in self._questions:
            self._questions[key] = self._names.new("ask"), asked
        return self._questions[key][0]

    def request(self, wanted: RequestTemplate) -> str:
        """The name of the template of a request, which Argo's agent sends."""
        if wanted not in self._requests:
            self._requests[wanted] = self._names.new("http")
        return self._requests[wanted]

    def stub(self) -> str:
        """The name of the template that does nothing, without a pod."""
        self._stub = self._stub or self._names.new(STUB)
        return self._stub

    def templates(self) -> list[models.Template]:
        """All templates that were asked for."""
        found = [_merged(self._template(name, wanted), wanted.pod) for wanted, name in self._found.items()]
        found += [_merged(self._program(name, program), program.pod) for program, name in self._programs.items()]
        found += [ask_template(name, asked) for name, asked in self._questions.values()]
        for request, name in self._requests.items():
            found.append(request_template(name, request).replaced(retry_strategy=_retry(request.pod.retry)))
        if self._stub:
            found.append(models.Template(name=self._stub, suspend=models.SuspendTemplate(duration="0s")))
        if self._others.calls:
            usual = self._defaults()
            found = [merged(usual, template) if template.container is not None else template for template in found]
        return found

    @property
    def has_pods(self) -> bool:
        """Whether there are templates of pods."""
        return bool(self._found or self._programs)

    def defaults(self) -> models.Template | None:
        """What all container templates have in common: it stands once, in the workflow's `templateDefaults`.

        None where templates of others are called, which would be given it too: ours have it themselves then.
        """
        return self._defaults() if self.has_pods and not self._others.calls else None

    def _defaults(self) -> models.Template:
        common = self._common
        return models.Template(
            container=core.Container(
                image=common.image,
                image_pull_policy=common.pull_policy,
                env=self._environment(),
                resources=_resources(common.requests, common.limits),
                security_context=core.SecurityContext(
                    allow_privilege_escalation=False,
                    capabilities=core.Capabilities(drop=["ALL"]),
                    read_only_root_filesystem=True,
                ),
                termination_message_policy="FallbackToLogsOnError",
                volume_mounts=[
                    core.VolumeMount(name=SCRATCH, mount_path="/tmp"),  # noqa: S108 - a pod's own volume
                    *([core.VolumeMount(name=STORE, mount_path=MOUNT)] if self._store and self._store.claim else []),
                ],
            )
        )

    def _environment(self) -> list[core.EnvVar]:
        run = [(RUN_ID_VARIABLE, self._run_id), (ATTEMPT_VARIABLE, "1")]
        stores = [variable for store in (self._store, self._run_log) if store for variable in store.variables]
        given = [*(_env([*run, *stores]) or []), *(map(_field, POD_FIELDS) if self._run_log else [])]
        return [*given, *self._credentials(), *(_env(self._common.env) or [])]

    def _credentials(self) -> list[core.EnvVar]:
        """Those of the stores, from a Secret, of which a session's token need not be there."""
        found = []
        for name in (*KEY_VARIABLES, TOKEN_VARIABLE) if self._secret else ():
            key = core.SecretKeySelector(name=self._secret, key=name, optional=True if name == TOKEN_VARIABLE else None)
            found.append(core.EnvVar(name=name, value_from=core.EnvVarSource(secret_key_ref=key)))
        return found

    def volumes(self) -> list[core.Volume] | None:
        """The volumes of all pods."""
        if not self.has_pods:
            return None
        found = [core.Volume(name=SCRATCH, empty_dir=core.EmptyDirVolumeSource())]
        if self._store and self._store.claim:
            claim = core.PersistentVolumeClaimVolumeSource(claim_name=self._store.claim)
            found.append(core.Volume(name=STORE, persistent_volume_claim=claim))
        return found

    def _template(self, name: str, wanted: ContainerTemplate) -> models.Template:
        pod, common = wanted.pod, self._common
        attempt = [(ATTEMPT_VARIABLE, ATTEMPT)] if pod.retry.limit else []
        what = "--fused" if wanted.kind == "fused" else "--spec"
        given = [models.Parameter(name=SPEC), models.Parameter(name=INPUT, default="")]
        given += [models.Parameter(name=IMAGE)] if pod.image == GIVEN_IMAGE else []
        out = models.Parameter(name=OUTPUT, value_from=models.ValueFrom(path=DEFAULT_OUTPUTS_PATH, default="{}"))
        return models.Template(
            name=name,
            inputs=models.Inputs(parameters=given),
            outputs=_outputs(out if wanted.returns else None, wanted.shown),
            active_deadline_seconds=pod.timeout,
            retry_strategy=_retry(pod.retry, DIED if wanted.kind == "fused" else None),
            synchronization=synchronization(Locks(pod.mutex, pod.semaphore), self._semaphores),
            metadata=_metadata(pod),
            pod_spec_patch=self._patch(pod),
            container=core.Container(
                args=[*_PROTOCOL, what, GIVEN_SPEC, *_INPUTS, *self._more_arguments],
                command=["python", "-m", "runnable_runtime"],
                env=_env([*attempt, *wanted.shown.variable, *_more(pod.env, common.env)], pod.secrets),
                image=pod.image if self._whole or pod.image != common.image else None,
                image_pull_policy=pod.pull_policy if pod.pull_policy != common.pull_policy else None,
                resources=_resources(_more(pod.requests, common.requests), _more(pod.limits, common.limits)),
            ),
        )

    def _program(self, name: str, wanted: ProgramTemplate) -> models.Template:
        """Beside the program it has what every pod of ours has, but for what is for our runtime: see `_hidden`."""
        pod, common, run = wanted.pod, self._common, wanted.run
        attempt = [(ATTEMPT_VARIABLE, ATTEMPT)] if pod.retry.limit else []
        command, arguments = command_of(run), arguments_of(run)
        volumes, mounts = folders_of(run)
        env = _env([*attempt, *_more(pod.env, common.env)], pod.secrets) or []
        if run.parameters or any(BRACE in word for word in (*command, *arguments)):
            env = [core.EnvVar(name=BRACE, value="{"), *env]
        return models.Template(
            name=name,
            inputs=program_inputs(wanted),
            outputs=program_outputs(wanted),
            active_deadline_seconds=pod.timeout,
            retry_strategy=_retry(pod.retry),
            synchronization=synchronization(Locks(pod.mutex, pod.semaphore), self._semaphores),
            metadata=_metadata(pod),
            pod_spec_patch=self._patch(pod, self._hidden()),
            volumes=volumes or None,
            container=core.Container(
                args=arguments or None,
                command=command,
                env=env or None,
                image=pod.image,
                image_pull_policy=pod.pull_policy if pod.pull_policy != common.pull_policy else None,
                resources=_resources(_more(pod.requests, common.requests), _more(pod.limits, common.limits)),
                security_context=core.SecurityContext(read_only_root_filesystem=False),
                volume_mounts=mounts or None,
                working_dir=run.working_dir or None,
            ),
        )

    def _hidden(self) -> dict[str, Json]:
        """What our runtime is given in every pod, and a program of another image is not: a patch that takes it out."""
        found: dict[str, Json] = {}
        if self._secret:
            found["env"] = [{"name": name, "$patch": "delete"} for name in (*KEY_VARIABLES, TOKEN_VARIABLE)]
        if self._store and self._store.claim:
            found["volumeMounts"] = [{"mountPath": MOUNT, "$patch": "delete"}]
        return {"containers": [{"name": MAIN_CONTAINER, **found}]} if found else {}

    def _patch(self, pod: PodOptions, base: Mapping[str, Json] = MappingProxyType({})) -> str | None:
        """What no field of a template has, as Argo merges it over the pod's spec: JSON on one line."""
        patch = {name: value for name, value in spec_fields(pod).items() if name in _PATCHED}
        patch |= merge_spec(merge_spec(dict(self._base), dict(base)), complete(pod.pod, pod.image, *self._usual))
        marks: dict[str, str] = {}
        if pod.amounts:
            main = {"name": "main", "resources": resources(pod.amounts, marks, self._lookup)}
            patch = merge_spec(patch, {"containers": [main]})
        text = json.dumps(patch, separators=(",", ":")) if patch else None
        for mark, tag in marks.items():  # it is no JSON until Argo has replaced the tags, in whose text quotes stand
            text = (text or "").replace(mark, tag)
        return text


def _merged(template: models.Template, pod: PodOptions) -> models.Template:
    """`template` with what stands in the pod's spec as it is, and with the step's fragment, which has none of these."""
    template = template.copy_with({name: value for name, value in spec_fields(pod).items() if name not in _PATCHED})
    return template.copy_with(template_fields(pod.template)) if pod.template else template


def _outputs(out: models.Parameter | None, shown: Shown) -> models.Outputs | None:
    """What a pod leaves: its data, and what Argo's page lists."""
    parameters, artifacts = [out] if out else None, shown.artifacts()
    return models.Outputs(parameters=parameters, artifacts=artifacts) if parameters or artifacts else None


def _metadata(pod: PodOptions) -> models.Metadata | None:
    if not pod.labels and not pod.annotations:
        return None
    return models.Metadata(labels=dict(pod.labels) or None, annotations=dict(pod.annotations) or None)


def _more(own: Pairs, common: Pairs) -> list[tuple[str, str]]:
    """What `own` has beyond `common`: Argo merges the two by key."""
    return [pair for pair in own if pair not in common]


def _env(pairs: Iterable[tuple[str, str]], secrets: Iterable[SecretKey] = ()) -> list[core.EnvVar] | None:
    found = [core.EnvVar(name=name, value=literal(value)) for name, value in pairs]
    return [*found, *map(_secret, secrets)] or None


def _field(one: tuple[str, str]) -> core.EnvVar:
    source = core.EnvVarSource(field_ref=core.ObjectFieldSelector(field_path=one[1]))
    return core.EnvVar(name=one[0], value_from=source)


def _secret(one: SecretKey) -> core.EnvVar:
    selector = core.SecretKeySelector(name=one.secret, key=one.key)
    return core.EnvVar(name=one.variable, value_from=core.EnvVarSource(secret_key_ref=selector))


def _resources(
    requests: Iterable[tuple[str, str]], limits: Iterable[tuple[str, str]]
) -> core.ResourceRequirements | None:
    asked, most = dict(requests), dict(limits)
    if not asked and not most:
        return None
    return core.ResourceRequirements(requests=asked or None, limits=most or None)


def _retry(retry: Retry, only_if: str | None = None) -> models.RetryStrategy | None:
    """`only_if`: the condition, of the attempt before, for a further one."""
    if retry.limit == 0:
        return None
    spaced = retry.duration or retry.factor or retry.max_duration
    backoff = models.Backoff(
        duration=retry.duration,
        factor=retry.factor,
        max_duration=retry.max_duration,
    )
    return models.RetryStrategy(
        limit=str(retry.limit),
        retry_policy=retry.policy,
        backoff=backoff if spaced else None,
        expression=only_if,
    )
