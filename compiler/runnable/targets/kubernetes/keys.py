"""The keys of a configuration that say how pods are run, as the configurations of `argo` and `k8s-job` share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel

from runnable.configuration.cron import problem_of_timezone
from runnable.configuration.kubernetes_names import LABEL, LABEL_KEY, OBJECT_NAME
from runnable.configuration.patterns import free_of, written
from runnable.configuration.quantities import parse_environment, parse_quantity, parse_seconds
from runnable.configuration.yaml_file import key_span
from runnable.diagnostics.codes.configuration import ConfigurationInvalid, KeyIgnored
from runnable.targets.kubernetes.pod_fragment import read_fragment
from runnable.targets.kubernetes.pod_schema import Mistake
from runnable_runtime.protocol import Json


def _accepted(text: str, info: ValidationInfo) -> str:
    """`text`, if the target has nothing against it, whose check is the context of the validation (see `validate`)."""
    if info.context is not None:
        info.context(text)
    return text


Text = Annotated[str, AfterValidator(_accepted), Field(min_length=1)]
AnyText = Annotated[str, AfterValidator(_accepted)]
Image = Annotated[Text, written(r"^\S+\Z", "the name of an image, without blanks")]
Seconds = Annotated[int, BeforeValidator(parse_seconds), Field(gt=0, le=366 * 86400)]
Quantity = Annotated[str, BeforeValidator(parse_quantity)]
Environment = Annotated[dict[str, AnyText], BeforeValidator(parse_environment)]
Duration = Annotated[str, written(r"^\d+(\.\d+)?(s|m|h)?\Z", "a number of seconds, or one with s, m or h: '30s', '5m'")]
Timezone = Annotated[Text, free_of(problem_of_timezone)]
Label = Annotated[str, written(*LABEL)]
LabelKey = Annotated[str, written(*LABEL_KEY)]
Namespace = Annotated[
    str,
    written(
        r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z",
        "a namespace: at most 63 small letters, digits and `-`, with a letter or digit at both ends",
    ),
]
ObjectName = Annotated[str, written(*OBJECT_NAME)]
SecretName = ObjectName
KubernetesKey = Annotated[
    str,
    written(
        r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?(/[-._A-Za-z0-9]{1,253})?\Z",
        "the name of a Kubernetes Secret, or of a key in it: `mine`, `mine/token`",
    ),
]
"""A Kubernetes Secret, and after a slash a key in it."""
VolumeClaim = ObjectName
SERVICE_ACCOUNT = AliasChoices("serviceAccount", "service_account", "serviceAccountName", "service_account_name")
"""The spellings of that key."""


def first_mistake(mistakes: Sequence[Mistake]) -> None:
    """Raise ValueError with the first of `mistakes`, if there is one."""
    for at, reason, instead in mistakes:
        raise ValueError(f"{at} {reason}".strip() + (f"; {instead}" if instead else ""))


def _fragment(value: Any, info: ValidationInfo) -> str:
    text, mistakes = read_fragment(value)
    first_mistake(mistakes)
    return _accepted(text, info)


PodFragment = Annotated[str, BeforeValidator(_fragment)]
PullPolicy = Literal["Always", "IfNotPresent", "Never"]


class Keys(BaseModel):
    """Keys in camelCase or with underscores, and no others."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, alias_generator=to_camel, frozen=True)


class TolerationKeys(Keys):
    """As in the Pod API."""

    key: str | None = None
    operator: Literal["Exists", "Equal"] | None = None
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    toleration_seconds: int | None = None


class BackoffKeys(Keys):
    """Waiting between attempts."""

    duration: Duration | None = None
    factor: Annotated[int, Field(ge=1)] | None = None
    max_duration: Duration | None = None


class RetryKeys(Keys):
    """Argo's retryStrategy; `backOff` is how the published package spells it."""

    limit: Annotated[int, Field(ge=0, le=100)] | None = None
    retry_policy: Literal["Always", "OnFailure", "OnError", "OnTransientError"] | None = None
    backoff: BackoffKeys | None = Field(default=None, validation_alias=AliasChoices("backoff", "backOff", "back_off"))


class ResourceKeys(Keys):
    """`cpu`, `memory` and `gpu` are requests and limits at once; `requests` and `limits` have them separately."""

    cpu: Quantity | None = None
    memory: Quantity | None = None
    gpu: Annotated[int, Field(ge=0)] | None = None
    requests: dict[str, Quantity] = {}
    limits: dict[str, Quantity] = {}


class StepKeys(Keys):
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
    labels: dict[LabelKey, Label] = {}
    annotations: dict[LabelKey, AnyText] = {}
    priority_class: ObjectName | None = None
    runtime_class: ObjectName | None = None
    service_account: ObjectName | None = Field(default=None, alias="serviceAccount", validation_alias=SERVICE_ACCOUNT)

    pod: PodFragment | None = None

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


def refused(
    configuration: Mapping[str, Json], reasons: Mapping[str, str], at: str, file: str
) -> list[ConfigurationInvalid]:
    """A diagnostic for each key of the published package that has no meaning here: those in `reasons`, dotted.

    `at` is the key under which `configuration` stands in `file`.
    """
    found = []
    for dotted, reason in reasons.items():
        path = _spelt(configuration, dotted.split("."))
        if path and _value(configuration, path) is not None:
            span = key_span(file, ".".join((at, *path)))
            found.append(ConfigurationInvalid(span=span, file=file, key=f"{at}.{dotted}", reason=reason))
    return found


def ignored(
    configuration: Mapping[str, Json], reasons: Mapping[str, tuple[str, str]], at: str, file: str
) -> tuple[Mapping[str, Json], list[KeyIgnored]]:
    """The configuration without the keys in `reasons`, dotted, and a warning for each that was there.

    A reason is what the key has no effect for, and what to do instead.
    """
    found = []
    for dotted, (reason, instead) in reasons.items():
        if path := _spelt(configuration, dotted.split(".")):
            configuration = _without(configuration, path)
            span = key_span(file, ".".join((at, *path)))
            found.append(KeyIgnored(span=span, file=file, key=f"{at}.{dotted}", reason=reason, instead=instead))
    return configuration, found


def _spelt(section: Json, path: Sequence[str]) -> list[str]:
    """The key at `path` as it is spelt there, with underscores or in camelCase; empty if it is not there."""
    if not isinstance(section, Mapping):
        return []
    own = next((one for one in (path[0], _camel(path[0])) if one in section), None)
    if own is None or len(path) == 1:
        return [own] if own else []
    inner = _spelt(section[own], path[1:])
    return [own, *inner] if inner else []


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return "podGC" if key == "pod_gc" else first + "".join(part.capitalize() for part in rest)


def _value(section: Json, path: Sequence[str]) -> Json:
    return _value(section[path[0]], path[1:]) if path else section


def _without(section: Mapping[str, Json], path: Sequence[str]) -> Mapping[str, Json]:
    first, *rest = path
    if rest:
        return {**section, first: _without(section[first], rest)}
    return {key: value for key, value in section.items() if key != first}
