"""Container templates: one for all tasks that are run in the same way, which one being the task's argument `spec`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from runnable.backends.argo.expressions import ATTEMPT, GIVEN_INPUT, GIVEN_SPEC, INPUT, OUTPUT, RUN_NAME, SPEC
from runnable.backends.argo.hera_models import IntOrString, core, models
from runnable.backends.argo.leaf import Leaf, Pairs, Retry
from runnable.backends.argo.names import Names
from runnable_runtime.protocol import (
    ATTEMPT_VARIABLE,
    DEFAULT_OUTPUTS_PATH,
    PROTOCOL_VERSION,
    RUN_ID_VARIABLE,
    TaskKind,
)

STUB = "stub"
SCRATCH = "tmp"


@dataclass(frozen=True, slots=True)
class Shape:
    """What two tasks must have in common to share a template."""

    kind: TaskKind
    returns: bool
    leaf: Leaf


class Shapes:
    """The container templates in use, in the order in which they were first asked for."""

    def __init__(self, common: Leaf, names: Names) -> None:
        self._common = common
        self._names = names
        self._found: dict[Shape, str] = {}
        self._stub = ""

    def template(self, shape: Shape) -> str:
        """The name of the template for `shape`."""
        name = self._found.get(shape)
        if name is None:
            name = self._found[shape] = self._names.new(f"{shape.kind}-returns" if shape.returns else shape.kind)
        return name

    def stub(self) -> str:
        """The name of the template that does nothing, without a pod."""
        self._stub = self._stub or self._names.new(STUB)
        return self._stub

    def templates(self) -> list[models.Template]:
        """All templates that were asked for."""
        found = [_template(name, shape, self._common) for shape, name in self._found.items()]
        if self._stub:
            found.append(models.Template(name=self._stub, suspend=models.SuspendTemplate(duration="0s")))
        return found

    def defaults(self) -> models.Template | None:
        """What all container templates have in common: it stands once, in the workflow's `templateDefaults`."""
        if not self._found:
            return None
        common = self._common
        return models.Template(
            container=core.Container(
                image=common.image,
                image_pull_policy=common.pull_policy,
                env=_env([(RUN_ID_VARIABLE, RUN_NAME), (ATTEMPT_VARIABLE, "1"), *common.env]),
                resources=_resources(common.requests, common.limits),
                security_context=core.SecurityContext(
                    allow_privilege_escalation=False,
                    capabilities=core.Capabilities(drop=["ALL"]),
                    read_only_root_filesystem=True,
                ),
                termination_message_policy="FallbackToLogsOnError",
                volume_mounts=[core.VolumeMount(name=SCRATCH, mount_path="/tmp")],  # noqa: S108 - a pod's own volume
            )
        )


def _template(name: str, shape: Shape, common: Leaf) -> models.Template:
    leaf = shape.leaf
    attempt = [(ATTEMPT_VARIABLE, ATTEMPT)] if leaf.retry.limit else []
    out = models.Parameter(name=OUTPUT, value_from=models.ValueFrom(path=DEFAULT_OUTPUTS_PATH, default="{}"))
    return models.Template(
        name=name,
        inputs=models.Inputs(parameters=[models.Parameter(name=SPEC), models.Parameter(name=INPUT, default="")]),
        outputs=models.Outputs(parameters=[out]) if shape.returns else None,
        active_deadline_seconds=None if leaf.timeout is None else IntOrString(leaf.timeout),
        node_selector=dict(leaf.node_selector) or None,
        retry_strategy=_retry(leaf.retry),
        tolerations=[core.Toleration(**asdict(t)) for t in leaf.tolerations] or None,
        container=core.Container(
            # Each value is an argument of its own: Argo hands a long one over as `@file`.
            args=["--protocol", str(PROTOCOL_VERSION), "--spec", GIVEN_SPEC, "--inputs", GIVEN_INPUT],
            command=["python", "-m", "runnable_runtime"],
            env=_env([*attempt, *_more(leaf.env, common.env)]),
            image=leaf.image if leaf.image != common.image else None,
            image_pull_policy=leaf.pull_policy if leaf.pull_policy != common.pull_policy else None,
            resources=_resources(_more(leaf.requests, common.requests), _more(leaf.limits, common.limits)),
        ),
    )


def _more(own: Pairs, common: Pairs) -> list[tuple[str, str]]:
    """What `own` has beyond `common`: Argo merges the two by key."""
    return [pair for pair in own if pair not in common]


def _env(pairs: Iterable[tuple[str, str]]) -> list[core.EnvVar] | None:
    return [core.EnvVar(name=name, value=value) for name, value in pairs] or None


def _resources(
    requests: Iterable[tuple[str, str]], limits: Iterable[tuple[str, str]]
) -> core.ResourceRequirements | None:
    asked, most = dict(requests), dict(limits)
    if not asked and not most:
        return None
    return core.ResourceRequirements.model_validate({"requests": asked or None, "limits": most or None})


def _retry(retry: Retry) -> models.RetryStrategy | None:
    if retry.limit == 0:
        return None
    spaced = retry.duration or retry.factor or retry.max_duration
    backoff = models.Backoff(
        duration=retry.duration,
        factor=None if retry.factor is None else IntOrString(retry.factor),
        max_duration=retry.max_duration,
    )
    return models.RetryStrategy(
        limit=IntOrString(str(retry.limit)), retry_policy=retry.policy, backoff=backoff if spaced else None
    )
