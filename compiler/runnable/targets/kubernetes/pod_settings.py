"""How the pods of tasks are run: what workflows and jobs take alike from their configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, ClassVar, Protocol

from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.ir.nodes import Task
from runnable.ir.options import Options, Pairs
from runnable.targets.kubernetes.pod_options import (
    PodOptions,
    SecretKey,
    with_keys,
    with_options,
    with_resources,
)
from runnable.targets.kubernetes.pod_run_log import PodRunLog, credentials_secret
from runnable.targets.kubernetes.pod_store import PodStore
from runnable_runtime.deferred import dataclass

if TYPE_CHECKING:
    from runnable.targets.kubernetes.keys import StepKeys


class PodKeys(Protocol):
    """The keys of a configuration that say where tasks' overrides and secrets are, and what the namespace admits."""

    @property
    def overrides(self) -> Mapping[str, StepKeys] | None: ...  # noqa: D102 - a key of the configuration

    @property
    def secrets(self) -> Mapping[str, str]: ...  # noqa: D102

    @property
    def secret_from_k8s(self) -> str | None: ...  # noqa: D102

    @property
    def pod_security(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class PodSettings:
    """Of the settings of a target, those of its pods.

    `base` is how a task without options is run, but for the resources that a task has by default: `requests` and
    `limits`. `file` is the configuration's. `store` is where pods keep data, `run_log` where they record their steps.
    """

    target: ClassVar[str]
    at: ClassVar[str]
    """The section of the configuration that has the keys."""

    base: PodOptions
    requests: Pairs
    limits: Pairs
    keys: PodKeys
    file: str
    store: PodStore | None = None
    run_log: PodRunLog | None = None
    _pods: dict[Options, PodOptions] = field(default_factory=dict, init=False, repr=False, compare=False)
    """How tasks with these options are run: most have the same, and each pass asks."""

    @property
    def credentials(self) -> str:
        """The Secret that has those of the stores; empty if pods have their own."""
        return credentials_secret(self.store, self.run_log)

    @property
    def common(self) -> PodOptions:
        """How a task without options is run."""
        return self._limited(self.base)

    def pod_options(self, task: Task) -> PodOptions:
        """How `task` is run. Overrides that the configuration lacks are left out (`missing_overrides` has them)."""
        found = self._pods.get(task.options)
        if found is None:
            found = self._pods[task.options] = self._with_options(task.options)
        return found

    def _with_options(self, options: Options) -> PodOptions:
        pod = self.base
        for key in options.overrides_for(self.target):
            if self.keys.overrides and key in self.keys.overrides:
                pod = with_keys(pod, self.keys.overrides[key])
        pod = with_options(pod, options)
        keys = (self.secret_key(name) for name in options.secrets)
        secrets = tuple(sorted((k for k in keys if k is not None), key=lambda k: k.variable))
        return self._limited(replace(pod, secrets=secrets))

    def secret_key(self, name: str) -> SecretKey | None:
        """Where the secret `name` is in the cluster; None if the configuration does not say."""
        place = self.keys.secrets.get(name) or self.keys.secret_from_k8s
        if place is None:
            return None
        secret, _, key = place.partition("/")
        return SecretKey(name, secret, key or name)

    def missing_overrides(self, path: str, task: Task) -> Iterator[ConfigurationInvalid]:
        """What is wrong with the overrides that `task`, the step at `path`, asks for.

        A configuration without the section `overrides` has nothing to say about them, so steps may ask for any.
        """
        known = self.keys.overrides
        for key in task.options.overrides_for(self.target):
            if known is not None and key not in known:
                reason = f"step {path!r} asks for this key, and it is not there"
                at = f"{self.at}.overrides.{key}"
                yield ConfigurationInvalid(span=task.span, file=self.file, key=at, reason=reason, known=tuple(known))

    def _limited(self, pod: PodOptions) -> PodOptions:
        return with_resources(pod, self.requests, self.limits)
