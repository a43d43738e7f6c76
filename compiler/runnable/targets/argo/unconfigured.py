"""The keys of a configuration that has none for Argo, as they are by default.

They are those of `config.ArgoKeys()`, which a test compares, without the library that validates keys: loading it takes
as long as the rest of a small compilation.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from runnable.targets.argo.config import ArgoKeys


def unconfigured_keys() -> ArgoKeys:
    """The defaults of all keys."""
    return cast("ArgoKeys", _KEYS)


def _section(*unset: str, **keys: Any) -> SimpleNamespace:
    """A section with its `keys`, those that are `unset` being None."""
    return SimpleNamespace(**dict.fromkeys(unset), **keys)


def _resources(requests: dict[str, str], limits: dict[str, str]) -> SimpleNamespace:
    return _section("cpu", "memory", "gpu", requests=requests, limits=limits)


_STEP = _section(
    "image",
    "image_pull_policy",
    "pod",
    "priority_class",
    "resources",
    "retry",
    "retry_strategy",
    "runtime_class",
    "service_account",
    "template",
    "timeout",
    annotations={},
    env={},
    labels={},
    node_selector={},
    tolerations=(),
)
_WORKFLOW = _section(
    "active_deadline_seconds", "parallelism", "pod_gc", "service_account", node_selector={}, tolerations=()
)
_KEYS = _section(
    "active_deadline_seconds",
    "artifacts",
    "cache",
    "cron_schedule",
    "durations",
    "events",
    "executor_service_account",
    "fuse",
    "image",
    "image_pull_policy",
    "namespace",
    "overrides",
    "parallelism",
    "pod_gc",
    "pod_security",
    "pvc_for_runnable",
    "secret_from_k8s",
    "service_account",
    "timezone",
    "ttl",
    annotations={},
    argo_workflow=_section(
        metadata=_section("generate_name", "namespace", annotations={}, labels={}),
        spec=_WORKFLOW,
    ),
    batch_time=30.0,
    automount_service_account_token=False,
    custom_volumes=(),
    default_resources=_resources({"cpu": "100m", "memory": "256Mi"}, {"cpu": "2", "memory": "2Gi"}),
    defaults=_STEP,
    env={},
    fuse_below=30.0,
    executor_resources=_resources({"cpu": "10m", "memory": "64Mi"}, {"cpu": "500m", "memory": "512Mi"}),
    image_pull_secrets=(),
    labels={},
    patch_executor=True,
    run_as_user=1000,
    schedules=(),
    secrets={},
    semaphore_config_map="runnable-semaphores",
)
