"""How the pod of one task is run: the task's own options over its override's, over the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from runnable.configuration.quantities import quantity
from runnable.ir.nodes import Options, Resources, Toleration

if TYPE_CHECKING:
    from runnable.targets.kubernetes.keys import ResourceKeys, RetryKeys, StepKeys, TolerationKeys

Pairs = tuple[tuple[str, str], ...]
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
    """Everything of a container template but what it runs. Mappings are pairs in the order of their keys.

    `timeout` is in seconds, for one attempt. `requests` and `limits` are Kubernetes quantities.
    """

    image: str
    pull_policy: str = "IfNotPresent"
    retry: Retry = Retry()
    timeout: int | None = None
    requests: Pairs = ()
    limits: Pairs = ()
    env: Pairs = ()
    secrets: tuple[SecretKey, ...] = ()
    node_selector: Pairs = ()
    tolerations: tuple[Toleration, ...] = ()

    def without_attempts(self) -> PodOptions:
        """The same, run once and for as long as it takes."""
        return replace(self, retry=Retry(), timeout=None)


def with_keys(pod: PodOptions, keys: StepKeys) -> PodOptions:
    """`pod` with what a section of the configuration says over it."""
    requests, limits = configured_resources(keys.resources)
    return replace(
        pod,
        image=keys.image or pod.image,
        pull_policy=keys.image_pull_policy or pod.pull_policy,
        retry=_configured_retry(pod.retry, keys.retry, keys.retry_strategy),
        timeout=pod.timeout if keys.timeout is None else keys.timeout,
        requests=merge(pod.requests, requests),
        limits=merge(pod.limits, limits),
        env=merge(pod.env, keys.env),
        node_selector=merge(pod.node_selector, keys.node_selector),
        tolerations=tolerations(keys.tolerations) or pod.tolerations,
    )


def with_options(pod: PodOptions, options: Options) -> PodOptions:
    """`pod` with a task's own options over it."""
    if options == Options():
        return pod
    requests, limits = _own_resources(options.resources)
    return replace(
        pod,
        image=options.image or pod.image,
        retry=pod.retry if options.retry is None else replace(pod.retry, limit=options.retry),
        timeout=pod.timeout if options.timeout is None else options.timeout,
        requests=merge(pod.requests, requests),
        limits=merge(pod.limits, limits),
        env=merge(pod.env, dict(options.env)),
        node_selector=merge(pod.node_selector, dict(options.node_selector)),
        tolerations=options.tolerations or pod.tolerations,
    )


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
    requests, limits = _own_resources(Resources(keys.cpu, keys.memory, keys.gpu))
    return {**requests, **_renamed(keys.requests)}, {**limits, **_renamed(keys.limits)}


def _renamed(quantities: Mapping[str, str]) -> dict[str, str]:
    return {GPU if key == "gpu" else key: quantity for key, quantity in quantities.items()}


def _own_resources(resources: Resources | None) -> tuple[dict[str, str], dict[str, str]]:
    """Requests and limits: both alike for cpu and memory; devices cannot be requested without a limit."""
    if resources is None:
        return {}, {}
    both = {"cpu": resources.cpu, "memory": resources.memory}
    requests = {key: quantity for key, quantity in both.items() if quantity is not None}
    devices = {} if resources.gpu is None else {GPU: str(resources.gpu)}
    return requests, {**requests, **devices}


DEFAULT_IMAGE = "runnable:latest"


def literal(text: str) -> str:
    """`text` written so that it arrives as it is, though Kubernetes replaces `$(NAME)`, and takes `$$` for a `$`.

    Source: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
    """
    return text.replace("$", "$$")
