"""How the pod of one task is run: the task's own options over its override's, over the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field, fields, replace
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any

from runnable.configuration.kubernetes_names import is_whole
from runnable.configuration.quantities import is_quantity, quantity
from runnable.ir.amounts import amounts, at_attempt
from runnable.ir.options import (
    DECLARATIONS,
    NO_OPTIONS,
    Count,
    Duration,
    Flag,
    Fragment,
    Kind,
    Limit,
    Metadata,
    ObjectName,
    Options,
    Pairs,
    Quantities,
    Resources,
    TemplateFragment,
    TextPairs,
    Toleration,
    Tolerations,
    VariableNames,
    Word,
)
from runnable.targets.kubernetes.pod_fragment import merge_fragments, merge_patch
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

if TYPE_CHECKING:
    from runnable.targets.kubernetes.keys import ResourceKeys, RetryKeys, StepKeys, TolerationKeys

GPU = "nvidia.com/gpu"


@dataclass(frozen=True, slots=True)
class Retry:
    """`limit` further attempts, and how they are spaced: durations are Argo's texts."""

    limit: int = 0
    policy: str = "Always"
    duration: str | None = None
    factor: int | None = None
    max_duration: str | None = None


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A variable of the environment, and the key of the Kubernetes Secret that its value is in."""

    variable: str
    secret: str
    key: str


@dataclass(frozen=True, slots=True)
class PodOptions:
    """How a pod runs, whatever it runs. Mappings are pairs in the order of their keys.

    `timeout` is in seconds, for one attempt. `requests` and `limits` are Kubernetes quantities. A field with the name
    of a step's option has its value, or that of the configuration's key of that name. The metadata of a field that
    stands in a pod's spec as it is has its name there.
    """

    image: str
    pull_policy: str = "IfNotPresent"
    retry: Retry = Retry()
    timeout: int | None = None
    requests: Pairs = ()
    limits: Pairs = ()
    env: Pairs = ()
    secrets: tuple[SecretKey, ...] = ()
    node_selector: Pairs = field(default=(), metadata={"in_spec": "nodeSelector"})
    tolerations: tuple[Toleration, ...] = field(default=(), metadata={"in_spec": "tolerations"})
    labels: Pairs = ()
    annotations: Pairs = ()
    priority_class: str | None = field(default=None, metadata={"in_spec": "priorityClassName"})
    runtime_class: str | None = field(default=None, metadata={"in_spec": "runtimeClassName"})
    service_account: str | None = field(default=None, metadata={"in_spec": "serviceAccountName"})
    pod: str = ""
    template: str = ""
    mutex: str | None = None
    semaphore: Pairs = ()
    amounts: Pairs = ()
    """What of the requests and limits is known only when a pod starts: by `requests.memory`, as `ir.amounts` has it."""

    def without_attempts(self) -> PodOptions:
        """The same, run once and for as long as it takes."""
        return replace(self, retry=Retry(), timeout=None, amounts=(), mutex=None, semaphore=())


def with_keys(pod: PodOptions, keys: StepKeys) -> PodOptions:
    """`pod` with what a section of the configuration says over it."""
    requests, limits = configured_resources(keys.resources)
    configured = {name: getattr(keys, name, None) for name in _PLAIN}
    configured["tolerations"] = tolerations(keys.tolerations)
    return replace(
        pod,
        pull_policy=keys.image_pull_policy or pod.pull_policy,
        retry=_configured_retry(pod.retry, keys.retry, keys.retry_strategy),
        requests=merge(pod.requests, requests),
        limits=merge(pod.limits, limits),
        **_over(pod, configured),
    )


@lru_cache(maxsize=256)  # many tasks have the same options
def with_options(pod: PodOptions, options: Options) -> PodOptions:
    """`pod` with a task's own options over it."""
    if options == NO_OPTIONS:
        return pod
    requests, limits = _own_resources(at_attempt(options, 1, {}).resources)
    return replace(
        pod,
        amounts=_amounts(options.resources),
        retry=pod.retry if options.retry is None else replace(pod.retry, limit=options.retry),
        requests=merge(pod.requests, requests),
        limits=merge(pod.limits, limits),
        **_over(pod, {name: getattr(options, name) for name in _PLAIN}),
    )


def _over(pod: PodOptions, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values`, of fields of `pod`, over what it has; None and what is empty leave it as it is."""
    return {
        name: _stronger(DECLARATIONS[name].kind, getattr(pod, name), value)
        for name, value in values.items()
        if value is not None and value != ()
    }


def _stronger(kind: Kind, weak: Any, strong: Any) -> Any:
    match kind:
        case TextPairs() | Metadata():
            return merge(weak, dict(strong))
        case Fragment():
            return merge_fragments(weak, strong)
        case TemplateFragment():
            return merge_patch(weak, strong)
        case _:
            return strong


def spec_fields(pod: PodOptions) -> dict[str, Json]:
    """What stands in the spec of a pod as it is, by the names that the Pod API has, without what has no value."""
    values = {name: _in_spec(DECLARATIONS[own].kind, getattr(pod, own)) for own, name in _IN_SPEC.items()}
    return {name: value for name, value in values.items() if value not in (None, {}, [])}


def _in_spec(kind: Kind, value: Any) -> Json:
    match kind:
        case Count() | Duration() | Word() | ObjectName() | Flag() | Fragment() | TemplateFragment():
            return value
        case TextPairs() | Metadata() | Limit():
            return dict(value)
        case VariableNames():
            return list(value)
        case Quantities():
            return asdict(value)
        case Tolerations():
            return [_toleration(one) for one in value]


def _toleration(toleration: Toleration) -> Json:
    found = asdict(toleration)
    found["tolerationSeconds"] = found.pop("toleration_seconds")
    return {name: value for name, value in found.items() if value is not None}


_PLAIN = tuple(f.name for f in fields(PodOptions) if f.name in {*DECLARATIONS} - {"retry", "secrets"})
"""The fields that have the value of an option as it is."""
_IN_SPEC = {f.name: f.metadata["in_spec"] for f in fields(PodOptions) if "in_spec" in f.metadata}


@lru_cache(maxsize=256)  # most tasks have the same pod
def with_resources(pod: PodOptions, default_requests: Pairs, default_limits: Pairs) -> PodOptions:
    """`pod` with the default requests and limits where it has neither.

    Where it has one of the two, the other is the default, or like it if that would put the request above the limit.
    """
    requests, limits = dict(pod.requests), dict(pod.limits)
    for name, most in default_limits:
        limits.setdefault(name, max(most, requests.get(name, most), key=quantity))
    for name, least in default_requests:
        requests.setdefault(name, min(least, limits.get(name, least), key=quantity))
    return replace(pod, requests=merge((), requests), limits=merge((), limits))


@lru_cache(maxsize=256)
def above_limits(pod: PodOptions) -> tuple[tuple[str, str, str], ...]:
    """The requests of `pod` that are above the limit: the resource, its request and its limit."""
    limits = dict(pod.limits)
    found = ((name, asked, limits.get(name, asked)) for name, asked in pod.requests)
    return tuple(one for one in found if quantity(one[1]) > quantity(one[2]))


def processors(pod: PodOptions) -> int:
    """How many tasks a pod runs at one time: its limit of processors, rounded up, and 1 where that is not known."""
    limit = dict(pod.limits).get("cpu", "")
    return max(1, ceil(quantity(limit))) if is_quantity(limit) else 1


def merge(weak: Pairs, strong: Mapping[str, str]) -> Pairs:
    """Both mappings in one, by key."""
    return tuple(sorted({**dict(weak), **strong}.items()))


def tolerations(keys: tuple[TolerationKeys, ...]) -> tuple[Toleration, ...]:
    """Tolerations of a configuration in the IR's form."""
    return tuple(Toleration(k.key, k.operator, k.value, k.effect, k.toleration_seconds) for k in keys)


def _configured_retry(weak: Retry, retry: int | None, strategy: RetryKeys | None) -> Retry:
    if strategy is not None:
        backoff = strategy.backoff
        weak = Retry(
            limit=weak.limit if strategy.limit is None else strategy.limit,
            policy=strategy.retry_policy or weak.policy,
            duration=backoff.duration if backoff else weak.duration,
            factor=backoff.factor if backoff else weak.factor,
            max_duration=backoff.max_duration if backoff else weak.max_duration,
        )
    return weak if retry is None else replace(weak, limit=retry)


def configured_resources(keys: ResourceKeys | None) -> tuple[dict[str, str], dict[str, str]]:
    """Requests and limits of a section of the configuration."""
    if keys is None:
        return {}, {}
    named = tuple(keys.requests.items()), tuple(keys.limits.items())
    return _own_resources(Resources(keys.cpu, keys.memory, keys.gpu, *named))


def _renamed(quantities: Pairs) -> dict[str, str]:
    return {GPU if key == "gpu" else key: quantity for key, quantity in quantities}


def _own_resources(resources: Resources | None) -> tuple[dict[str, str], dict[str, str]]:
    """Requests and limits: both alike for cpu and memory; devices cannot be requested without a limit.

    Nor can any extended resource, whose limit is the request then.
    """
    if resources is None:
        return {}, {}
    both = {"cpu": resources.cpu, "memory": resources.memory}
    requests = {key: quantity for key, quantity in both.items() if quantity is not None}
    devices = {} if resources.gpu is None else {GPU: str(resources.gpu)}
    limits = {**requests, **devices, **_renamed(resources.limits)}
    requests |= _renamed(resources.requests)
    return requests, {**{name: text for name, text in requests.items() if is_whole(name)}, **limits}


def _amounts(resources: Resources | None) -> Pairs:
    """The amounts of `resources` that are more than a quantity, both those that are a request and a limit at once."""
    found: dict[str, str] = {}
    for where, amount in amounts(resources).items():
        for side in ("requests", "limits") if "." not in where else ():
            found.setdefault(f"{side}.{where}", amount.encode())
        if "." in where:
            found[where] = amount.encode()
    return tuple(sorted(found.items()))


DEFAULT_IMAGE = "runnable:latest"


def literal(text: str) -> str:
    """`text` written so that it arrives as it is, though Kubernetes replaces `$(NAME)`, and takes `$$` for a `$`.

    Source: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
    """
    return text.replace("$", "$$")
