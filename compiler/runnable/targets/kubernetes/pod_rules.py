"""What a fragment of a pod's spec must not say, though the schema has it: it would break the pod, or never end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runnable.diagnostics.wording import did_you_mean
from runnable.targets.kubernetes.pod_schema import Mistake
from runnable.targets.kubernetes.pod_store import MOUNT
from runnable_runtime.protocol import Json

MAIN = "main"
"""The container that runs the task."""
SCRATCH = "tmp"
"""The volume that every pod has."""
_OPTIONS = {
    "nodeSelector": "node_selector",
    "tolerations": "tolerations",
    "priorityClassName": "priority_class",
    "runtimeClassName": "runtime_class",
    "serviceAccountName": "service_account",
    "serviceAccount": "service_account",
    "activeDeadlineSeconds": "timeout",
}
_OPTIONS_OF_MAIN = {"image": "image", "resources": "resources"}
_NOT_HERE = {
    "restartPolicy": "a pod runs one attempt: further ones are the option `retry`",
    "ephemeralContainers": "they are added to pods that run",
}
_RUNTIME = ("command", "args", "restartPolicy", "imagePullPolicy", "terminationMessagePath")
_ARGO_CONTAINERS = ("init", "wait", "supervisor")
_ARGO_VOLUMES = (
    "store",
    "executor-token",
    "exec-sa-token",
    "var-run-argo",
    "tmp-dir-argo",
    "argo-staging",
    "argo-env-config",
    "argoexec-bin",
    "input-artifacts",
)
_TAKEN_PATHS = ("/tmp", "/var/run/argo", "/argo-bin", MOUNT, "/var/run/secrets/kubernetes.io/serviceaccount")  # noqa: S108
_NO_SOURCES = ("name",)


def broken_rules(fragment: Mapping[str, Json]) -> Iterator[Mistake]:
    """The mistakes in `fragment`, which is as the schema has it."""
    for key in fragment.keys() & _OPTIONS.keys():
        yield Mistake(key, "is an option of the step", f"give `{_OPTIONS[key]}`")
    for key in fragment.keys() & _NOT_HERE.keys():
        yield Mistake(key, "has no meaning here", _NOT_HERE[key])
    yield from _volumes(fragment.get("volumes", []))
    declared = {SCRATCH, *(volume["name"] for volume in fragment.get("volumes", []))}
    for index, container in enumerate(fragment.get("containers", [])):
        at = f"containers[{index}]"
        yield from _main(container, at)
        yield from _mounts(container, declared, at)
    for index, container in enumerate(fragment.get("initContainers", [])):
        at = f"initContainers[{index}]"
        if container["name"] in (MAIN, *_ARGO_CONTAINERS):
            yield Mistake(f"{at}.name", f"is {container['name']!r}, which another container of the pod has")
        yield from _mounts(container, declared, at)


def _main(container: Mapping[str, Json], at: str) -> Iterator[Mistake]:
    if container["name"] != MAIN:
        reason = (
            f"is {container['name']!r}: a container beside the task's would keep the pod alive after the task's end"
        )
        instead = (
            "a sidecar stands under initContainers with `restartPolicy: Always`: Kubernetes starts it before the task "
            f"and ends it after. The task's own container is {MAIN!r}"
        )
        yield Mistake(f"{at}.name", reason, instead)
        return
    for key in container.keys() & _OPTIONS_OF_MAIN.keys():
        yield Mistake(f"{at}.{key}", "is an option of the step", f"give `{_OPTIONS_OF_MAIN[key]}`")
    for key in [key for key in _RUNTIME if key in container]:
        yield Mistake(f"{at}.{key}", "belongs to the container that runs the task, which has its own")
    for index, variable in enumerate(container.get("env", [])):
        if variable["name"].startswith("RUNNABLE_"):
            yield Mistake(f"{at}.env[{index}].name", "begins with RUNNABLE_: such variables are this package's own")


def _volumes(volumes: list[Json]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for index, volume in enumerate(volumes):
        at, name = f"volumes[{index}]", volume["name"]
        sources = [key for key in volume if key not in _NO_SOURCES]
        if len(sources) != 1:
            found = " and ".join(sources) or "none"
            yield Mistake(at, f"needs one source, and has {found}", "such as `emptyDir: {}` or `configMap: {name: …}`")
        if name in _ARGO_VOLUMES or (name == SCRATCH and sources != ["emptyDir"]):
            yield Mistake(
                f"{at}.name", f"is {name!r}, which is a volume that the pod has already", "choose another name"
            )
        if name in seen:
            yield Mistake(f"{at}.name", f"is {name!r}, which stands there twice")
        seen.add(name)


def _mounts(container: Mapping[str, Json], declared: set[str], at: str) -> Iterator[Mistake]:
    seen: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts", [])):
        inside, name, path = f"{at}.volumeMounts[{index}]", mount["name"], mount["mountPath"].rstrip("/") or "/"
        if name not in declared:
            meant = did_you_mean(name, declared, "volumes") or ""
            yield Mistake(f"{inside}.name", f"is {name!r}, and no volume of that name is declared under volumes", meant)
        if not path.startswith("/"):
            yield Mistake(f"{inside}.mountPath", f"is {path!r}: a path in a container begins with /")
        if path == "/" or (container["name"] == MAIN and path in _TAKEN_PATHS):
            yield Mistake(
                f"{inside}.mountPath", f"is {path!r}, where the pod has something else", "choose another path"
            )
        if path in seen:
            yield Mistake(f"{inside}.mountPath", f"is {path!r}, where another volume is mounted")
        seen.add(path)
