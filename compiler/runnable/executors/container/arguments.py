"""The words of the Docker Engine API: the only module that knows how a container is described to an engine.

Source: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerCreate
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runnable.executors.container.shape import Shape
from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.protocol import PROTOCOL_VERSION

RUN_LABEL = "io.runnable.run"
OWNER_LABEL = "io.runnable.owner"
"""On a container: the process that removes it. One that is kept on purpose has none."""
_STEP_LABEL = "io.runnable.step"
_ATTEMPT_LABEL = "io.runnable.attempt"
_NO_NAME = pattern(r"[^A-Za-z0-9_.-]+")
_LONGEST_STEP = 80

ENTRYPOINT = ["python", "-m", "runnable_runtime"]
"""What a pod's manifest has, too."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder of this machine in a container; both are absolute paths."""

    source: str
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where and as whom tasks run in an image: its working folder, a user, folders of this machine."""

    folder: str
    user: str
    mounts: tuple[Mount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a container comes from: its run, the step and attempt that it is for, and who removes it.

    `step` is None for a container that several tasks share. `owner` is `owners.this_process()`.
    """

    run_id: str
    owner: str
    step: str | None = None
    attempt: int = 1


def container_name(origin: Origin, suffix: str) -> str:
    """A container's name; `suffix` keeps apart what the rest does not."""
    step = _NO_NAME.sub("-", origin.step or "shared").strip("-.")[:_LONGEST_STEP]
    attempt = f"-{origin.attempt}" if origin.attempt > 1 else ""
    return f"runnable-{origin.run_id}-{step}{attempt}-{suffix}"


def session_container(shape: Shape, origin: Origin, place: Place, *, variables: Mapping[str, str]) -> dict[str, Any]:
    """A container that serves tasks on its standard streams (`runnable_runtime.session`).

    It is as restricted as a pod is: not root, no capabilities, a root file system that is read-only, and a `/tmp` of
    its own that is not.
    """
    environment = {**variables, **dict(shape.environment)}
    return {
        "Image": shape.image,
        "Entrypoint": ENTRYPOINT,
        "Cmd": ["--protocol", str(PROTOCOL_VERSION), "--serve", "stdio"],
        "User": place.user,
        "WorkingDir": place.folder,
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Labels": _labels(shape, origin),
        "OpenStdin": True,
        "StdinOnce": True,  # the container reads the end of its input when this process is gone, whatever ended it
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Volumes": {"/tmp": {}},  # noqa: S108 - the container's own; on disk, as an emptyDir is
        "HostConfig": {
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges", *(["label=disable"] if place.mounts else [])],
            "LogConfig": {"Type": "none" if shape.remove else "json-file"},
            "Mounts": [
                {"Type": "bind", "Source": m.source, "Target": m.target, "ReadOnly": not m.writable}
                for m in place.mounts
            ],
            **_limits(shape),
        },
    }


def program_container(
    shape: Shape, origin: Origin, command: Sequence[str], *, user: str, folder: str, variables: Mapping[str, str]
) -> dict[str, Any]:
    """A container that runs `command` of an image which has no runtime of ours, as a pod runs it: without root.

    An empty `folder` is the image's own working folder. The root file system can be written to, as far as `user` may.
    """
    return {
        "Image": shape.image,
        "Entrypoint": list(command[:1]),
        "Cmd": list(command[1:]),
        "User": user,
        **({"WorkingDir": folder} if folder else {}),
        "Env": [f"{name}={value}" for name, value in {**dict(shape.environment), **variables}.items()],
        "Labels": _labels(shape, origin),
        "AttachStdout": True,
        "AttachStderr": True,
        "HostConfig": {
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "LogConfig": {"Type": "none" if shape.remove else "json-file"},
            **_limits(shape),
        },
    }


def version_container(image: str, origin: Origin) -> dict[str, Any]:
    """A container that prints the version of the image's runtime, and ends."""
    return {
        "Image": image,
        "Entrypoint": ENTRYPOINT,
        "Cmd": ["--version"],
        "Labels": {RUN_LABEL: origin.run_id, OWNER_LABEL: origin.owner},
        "NetworkDisabled": True,
        "HostConfig": {"CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges"]},
    }


def _labels(shape: Shape, origin: Origin) -> dict[str, str]:
    labels = {RUN_LABEL: origin.run_id}
    if origin.step is not None:
        labels |= {_STEP_LABEL: origin.step, _ATTEMPT_LABEL: str(origin.attempt)}
    if shape.remove:
        labels[OWNER_LABEL] = origin.owner
    return labels


def _limits(shape: Shape) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if shape.nano_cpus is not None:
        limits["NanoCpus"] = shape.nano_cpus
    if shape.memory is not None:
        limits |= {"Memory": shape.memory, "MemorySwap": shape.memory}  # no swap, as for a pod
    if shape.gpus is not None:
        limits["DeviceRequests"] = [{"Count": shape.gpus, "Capabilities": [["gpu"]]}]
    return limits
