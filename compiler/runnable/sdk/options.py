"""The keywords that tasks and jobs have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from os import PathLike
from typing import Any

from runnable.sdk.catalog import Catalog
from runnable.sdk.parameters import ParameterReference
from runnable.sdk.returns import TaskReturns
from runnable_runtime.deferred import dataclass


@dataclass(kw_only=True)
class TaskOptions:
    """What a task takes and returns, the files that it moves, and how it is run.

    Attributes:
        returns: names of JSON values, or `json(name)`, `metric(name)`, `pickled(name)`, in the order in which the task
            returns them.
        arguments: values for what the task takes, by name: constants, or `param("lr")` for the parameter `lr`. Nothing
            else is looked up under these names (docs/parameters.md).
        retry: how many further attempts a failed task gets; 0 by default.
        timeout: seconds for one attempt, or text with a unit such as "10m" (s, m, h, d); no limit by default.
        resources: Kubernetes quantities, each key optional: `{"cpu": "500m", "memory": "1Gi", "gpu": 1}`; also
            `requests` and `limits`, each a mapping with resources of any name, such as `{"amd.com/gpu": 1}`.
        image: the container image, where tasks run in containers; `param("image")` for the value of a parameter.
        env: environment variables of this task, texts by name.
        mutex: the name of a lock: of all tasks that name it, in this and other runs, one runs at a time
            (docs/locks.md).
        semaphore: a name with a limit, `{"licences": 3}`: of all tasks that name it at most so many run at a time.
        node_selector: labels that the node must have, as in a Kubernetes Pod.
        tolerations: taints that are tolerated, as in a Kubernetes Pod.
        labels: labels of the task's pod.
        annotations: annotations of the task's pod, any texts by name.
        priority_class: the name of a Kubernetes PriorityClass for the task's pod.
        runtime_class: the name of a Kubernetes RuntimeClass for the task's pod.
        service_account: the account that the task's pod runs as (docs/pods.md).
        pod: a fragment of the spec of the task's pod, as in the Pod API, or the path of a YAML file with one
            (docs/pods.md).
        template: a fragment of the step's template, as in Argo's API, or the path of a YAML file with one
            (docs/pods.md).
        overrides: for a target or executor (`{"argo": "large"}`), a key of `overrides` in its configuration.
        catalog: the files that the task gets and puts, `Catalog(get=[...], put=[...])`.
        secrets: names of secrets, each an environment variable of this task (docs/secrets.md).
        cache: True reuses what an earlier run returned, if nothing that the task depends on has changed
            (docs/caching.md).
    """

    __slots__ = ()  # the slots are those of the classes that have these fields: Python lets a class inherit one set

    returns: Sequence[str | TaskReturns] = field(default_factory=list)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    retry: int | None = None
    timeout: int | float | str | None = None
    resources: Mapping[str, Any] | None = None
    image: str | ParameterReference | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    mutex: str | None = None
    semaphore: Mapping[str, int] = field(default_factory=dict)
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = field(default_factory=list)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    priority_class: str | None = None
    runtime_class: str | None = None
    service_account: str | None = None
    pod: Mapping[str, Any] | str | PathLike[str] | None = None
    template: Mapping[str, Any] | str | PathLike[str] | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    catalog: Catalog | None = None
    secrets: Sequence[str] = field(default_factory=list)
    cache: bool = False
