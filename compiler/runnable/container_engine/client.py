"""The engine: what it says of itself, its images, its containers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

from runnable.container_engine.archives import one_folder, only_file
from runnable.container_engine.errors import EngineError, EngineMissing, innermost, translated
from runnable.container_engine.stream import Stream
from runnable_runtime.deferred import dataclass

if TYPE_CHECKING:
    import docker

_SECONDS = 120
"""How long the engine may take for an answer; a start on a busy machine takes several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where the engine runs. `rootless`: root in a container is no more than the engine's own user outside.

    `architecture` is the kind of its processors, in the words that images have for it: ``amd64``, ``arm64``.
    """

    rootless: bool
    processors: int
    architecture: str


@dataclass(frozen=True, slots=True)
class Image:
    """What an image says of itself. `folder` is its working folder, `user` its user, empty for root.

    `architecture` is the kind of processor that its programs are for, as in `Machine`.
    """

    id: str
    labels: dict[str, str]
    folder: str
    user: str
    architecture: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a container's main process ended: its exit code, and whether for want of memory."""

    code: int
    out_of_memory: bool


class Engine:
    """An engine that answers. Calls may come from several threads."""

    noun = "container"

    def __init__(self, client: docker.DockerClient) -> None:
        self.api: Any = client.api

    @classmethod
    def connect(cls) -> Engine:
        """The engine of DOCKER_HOST, or of the Docker command line's current context, or of the usual socket.

        Raises EngineMissing.
        """
        import docker
        from docker.errors import DockerException

        tried = os.environ.get("DOCKER_HOST", "")
        try:
            tried = tried or _address_of_context()
            _knock(tried)
            return cls(docker.from_env(timeout=_SECONDS, max_pool_size=64))
        except (DockerException, OSError, ValueError) as error:
            raise EngineMissing(tried or "the usual socket", innermost(error)) from None

    def machine(self) -> Machine:
        """What the engine says of itself. Raises EngineError."""
        with translated():
            found, version = self.api.info(), self.api.version()
        rootless = any("rootless" in option for option in found.get("SecurityOptions") or ())
        return Machine(rootless=rootless, processors=int(found["NCPU"]), architecture=str(version.get("Arch", "")))

    # --- images ---

    def image(self, reference: str) -> Image | None:
        """The image of that name that the engine has, or None."""
        from docker.errors import ImageNotFound, NotFound

        with translated():
            try:
                found = self.api.inspect_image(reference)
            except (ImageNotFound, NotFound):
                return None
        config = found.get("Config") or {}
        return Image(
            id=found["Id"],
            labels=config.get("Labels") or {},
            folder=config.get("WorkingDir") or "/",
            user=config.get("User") or "",
            architecture=found.get("Architecture") or "",
        )

    def pull(self, reference: str) -> None:
        """Have the engine fetch an image. Raises EngineError."""
        from docker.utils import parse_repository_tag

        repository, tag = parse_repository_tag(reference)
        with translated():
            for line in self.api.pull(repository, tag=tag or "latest", stream=True, decode=True):
                if "error" in line:
                    raise EngineError(str(line["error"]))

    # --- containers ---

    def create(self, name: str, config: dict[str, Any]) -> str:
        """A new container, not yet started; returns its id. Raises EngineError."""
        with translated():
            return cast("str", self.api.create_container_from_config(config, name)["Id"])

    def attach(self, container: str) -> Stream:
        """The standard streams of a container that has not started yet. Raises EngineError."""
        with translated():
            params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            return Stream(self.api.attach_socket(container, params=params))

    def start(self, container: str) -> None:
        """Start a container. Raises EngineError."""
        with translated():
            self.api.start(container)

    def ended(self, container: str) -> Ended:
        """Wait for a container's end. Raises EngineError, for one that is removed meanwhile too."""
        from docker.errors import NotFound

        with translated():
            try:
                code = self.api.wait(container)["StatusCode"]
                state = self.api.inspect_container(container)["State"]
            except NotFound:
                raise EngineError(f"the {self.noun} was removed while it ran") from None
            return Ended(int(code), bool(state.get("OOMKilled")))

    def stop(self, container: str, seconds: int) -> None:
        """Ask a container to end, and kill it if it has not after `seconds`; returns then. Raises EngineError."""
        from docker.errors import NotFound

        with translated():
            try:
                self.api.stop(container, timeout=seconds)
            except NotFound:
                return  # it has been removed

    def make_folder(self, container: str, path: str) -> None:
        """Make the folder at an absolute `path` of a container that has not started, for any user to write to.

        Raises EngineError.
        """
        with translated():
            self.api.put_archive(container, "/", one_folder(path))

    def read_file(self, container: str, path: str) -> bytes | None:
        """The file at an absolute `path` of an ended container; None if there is no plain file. Raises EngineError."""
        from docker.errors import NotFound

        with translated():
            try:
                pieces, _ = self.api.get_archive(container, path)
            except NotFound:
                return None
            return only_file(b"".join(pieces))

    def printed(self, container: str) -> str:
        """What an ended container has printed. Raises EngineError."""
        with translated():
            return cast("bytes", self.api.logs(container)).decode("utf-8", "replace")

    def remove(self, container: str) -> None:
        """Remove a container, with its volumes, whether it runs or not; none is fine. Raises EngineError."""
        from docker.errors import APIError

        with translated():
            try:
                self.api.remove_container(container, force=True, v=True)
            except APIError as error:
                if error.status_code not in (404, 409):  # it is gone, or being removed
                    raise

    def labelled(self, label: str) -> dict[str, str]:
        """The containers that have `label`, ended ones too: its value by the container's id. Raises EngineError."""
        with translated():
            found = self.api.containers(all=True, filters={"label": label})
            return {container["Id"]: container["Labels"][label] for container in found}


def _address_of_context() -> str:
    from docker.context import ContextAPI

    context = ContextAPI.get_context(os.environ.get("DOCKER_CONTEXT"))
    return str(context.Host) if context is not None and context.Host else ""


def _knock(address: str) -> None:
    """Raise OSError if nobody listens at a socket of this machine: docker's library leaves its own end open then."""
    scheme, _, path = address.partition("://")
    if scheme == "unix":
        import socket

        with socket.socket(socket.AF_UNIX) as found:
            found.settimeout(_SECONDS)
            found.connect(path)
